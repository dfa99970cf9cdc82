// Reading what Python sends in a Bokeh source of one row.
(() => {
  const one = (source, name) => source.data[name][0];

  Object.assign(byeSplits, { one });
})();

// Access to Bokeh sources of one row, in which Python sends data.
(() => {
  const one = (source, name) => source.data[name][0];

  Object.assign(byeSplits, { one });
})();

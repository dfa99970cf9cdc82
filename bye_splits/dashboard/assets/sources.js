// Access to Bokeh's models, and to sources of one row, in which Python sends data.
(() => {
  const models = () => Bokeh.documents.flatMap((document) => [...document._all_models.values()]);
  const one = (source, name) => source.data[name][0];

  Object.assign(byeSplits, { models, one });
})();

// Files that leave the page: the server makes them when they are asked for.
(() => {
  const { models } = byeSplits;
  const waiting = new Map();  // by what is wanted: who waits for it

  // Ask the server for a file: its name and content, an array of bytes.
  function ask(wanted) {
    const channel = models().find((model) => model.name === "files");
    return new Promise((resolve) => {
      waiting.set(wanted, resolve);
      channel.data = { wanted: [wanted], asked: [Date.now()] };
    });
  }

  // The server has answered: the source is emptied, so that neither side keeps the file.
  function answered(channel) {
    const { wanted, name, content } = channel.data;
    if (!content) return;
    const resolve = waiting.get(wanted[0]);
    waiting.delete(wanted[0]);
    const file = { name: name[0], content: new Uint8Array(content[0]) };
    channel.data = { wanted: [] };
    resolve?.(file);
  }

  // Save a part of memory under a name.
  function download(blob, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  // Save a file that the server makes.
  async function save(wanted) {
    const { name, content } = await ask(wanted);
    download(new Blob([content]), name);
  }

  Object.assign(byeSplits, { ask, answered, download, save });
})();

globalThis.MonacoEnvironment = {
  getWorker(_id, label) {
    const file = WORKERS[label] ?? WORKERS.editor;
    return new Worker(`/static/graphiql/assets/${file}`, { type: "module", name: label });
  },
};

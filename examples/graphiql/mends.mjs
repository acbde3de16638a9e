// What GraphiQL does wrong, mostly for somebody who clicks faster than its 100 ms of patience. The build fails when a text is no longer there: look whether it is still needed.
export const mends = {
  // A tab that is left keeps what was typed in it last, and the name of the operation of another tab is not written on it.
  "@graphiql/react/dist/stores/editor.js": [
    ["operationName: operationName ?? null\n", "operationName: null\n"],
    [
      "set(({ actions, onTabChange, tabs }) => {\n\t\t\t\tactions.stop();\n",
      "set(({ actions, onTabChange, ...state }) => {\n\t\t\t\tactions.stop();\n\t\t\t\tconst { tabs } = synchronizeActiveTabValues(state);\n",
    ],
    [
      "set(({ onTabChange, actions, tabs, activeTabIndex }) => {\n\t\t\t\tconst activeTab = tabs[activeTabIndex];\n",
      "set(({ onTabChange, actions, ...state }) => {\n\t\t\t\tconst { tabs, activeTabIndex } = synchronizeActiveTabValues(state), activeTab = tabs[activeTabIndex];\n\t\t\t\tnewOrder = newOrder.map(({ id }) => tabs.find((tab) => tab.id === id));\n",
    ],
    [
      "set(({ activeTabIndex, onTabChange, actions, tabs }) => {\n",
      "set(({ onTabChange, actions, ...state }) => {\n\t\t\t\tconst { tabs, activeTabIndex } = synchronizeActiveTabValues(state);\n",
    ],
  ],
  // An answer belongs to the tab that asked, wherever the person is by then; only a newer question of the same tab makes it void.
  "@graphiql/react/dist/stores/execution.js": [
    [
      "responseEditor?.setValue(value);\n\t\t\t\t\tactions.updateActiveTabValues({ response: value });",
      "if (here()) {\n\t\t\t\t\tresponseEditor?.setValue(value);\n\t\t\t\t\tactions.updateActiveTabValues({ response: value });\n\t\t\t\t\t} else set(({ tabs }) => ({ tabs: tabs.map((tab) => tab.id === asking ? { ...tab, response: value } : tab) }));",
    ],
    [
      "set({ queryId: newQueryId });",
      "set({ queryId: newQueryId });\n\t\t\t\tconst asking = get().tabs[get().activeTabIndex].id, here = () => get().tabs[get().activeTabIndex].id === asking;\n\t\t\t\tlatest.set(asking, newQueryId);",
    ],
    ["if (newQueryId !== get().queryId) return;", "if (newQueryId !== latest.get(asking)) return;"],
    ["var createExecutionSlice = ", "var latest = /* @__PURE__ */ new Map();\nvar createExecutionSlice = "],
  ],
  // A field with a default need not be given, so its absence is not underlined in red.
  "graphql-language-service/esm/utils/getVariablesJSONSchema.js": [["if (fieldRequired) {", "if (fieldRequired && field.defaultValue === undefined) {"]],
};

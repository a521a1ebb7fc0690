// Of the active editor: what stands at the cursor and is no text of the file, a line for each on the screen.
() => {
  const editor = document.querySelector(".part.editor .editor-group-container.active .monaco-editor[role=code]");
  if (!editor) return "";
  const top = (node) => node.getBoundingClientRect().top;
  const left = (node) => node.getBoundingClientRect().left;
  const more = [...editor.querySelectorAll(".suggest-preview-text .view-line")];
  const parts = [...editor.querySelectorAll(".ghost-text-decoration, .ghost-text-decoration-preview")];
  const rows = new Map();
  for (const node of parts.filter((node) => !more.some((line) => line.contains(node))).sort((a, b) => left(a) - left(b))) {
    rows.set(top(node), (rows.get(top(node)) ?? "") + node.textContent);
  }
  const first = [...rows.entries()].sort((a, b) => a[0] - b[0]).map(([, text]) => text);
  return [...first, ...more.sort((a, b) => top(a) - top(b)).map((line) => line.textContent)].join("\n");
}

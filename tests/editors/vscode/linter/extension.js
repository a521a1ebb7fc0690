// Another extension that a user may have: it says that `prise` is undefined, and has ghost text and a menu of its own.

const vscode = require("vscode");

exports.activate = (context) => {
  const found = vscode.languages.createDiagnosticCollection("linter");
  const look = (document) => {
    if (document.languageId !== "python") return;
    const diagnostics = [...document.getText().matchAll(/\bprise\b/g)].map((match) => {
      const range = new vscode.Range(document.positionAt(match.index), document.positionAt(match.index + match[0].length));
      return Object.assign(new vscode.Diagnostic(range, "Undefined name `prise`"), { source: "Ruff", code: "F821" });
    });
    found.set(document.uri, diagnostics);
  };
  const ghostText = {
    provideInlineCompletionItems: (document, position) =>
      document.lineAt(position).text.endsWith("theirs = ") ? [new vscode.InlineCompletionItem("of_another()")] : [],
  };
  const menu = { provideCompletionItems: () => [new vscode.CompletionItem("somebody_elses")] };
  // A file of another machine, which can be written, and an old version of a file, which can't.
  const text = "def add(a, b):\n    return ";
  const changed = new vscode.EventEmitter();
  const remote = {
    onDidChangeFile: changed.event,
    watch: () => new vscode.Disposable(() => {}),
    stat: () => ({ type: vscode.FileType.File, ctime: 0, mtime: 0, size: text.length }),
    readFile: () => new TextEncoder().encode(text),
    writeFile: () => {},
    readDirectory: () => [],
    createDirectory: () => {},
    delete: () => {},
    rename: () => {},
  };
  const show = (place) => async () => vscode.window.showTextDocument(await vscode.workspace.openTextDocument(vscode.Uri.parse(place)));
  context.subscriptions.push(
    found,
    vscode.workspace.registerFileSystemProvider("elsewhere", remote),
    vscode.workspace.registerTextDocumentContentProvider("before", { provideTextDocumentContent: () => text }),
    vscode.commands.registerCommand("others.remote", show("elsewhere:/remote.py")),
    vscode.commands.registerCommand("others.old", show("before:/old.py")),
    vscode.workspace.onDidOpenTextDocument(look),
    vscode.workspace.onDidChangeTextDocument(({ document }) => look(document)),
    vscode.languages.registerInlineCompletionItemProvider("python", ghostText),
    vscode.languages.registerCompletionItemProvider("python", menu, "."),
  );
  vscode.workspace.textDocuments.forEach(look);
};

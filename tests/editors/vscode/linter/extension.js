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
  context.subscriptions.push(
    found,
    vscode.workspace.onDidOpenTextDocument(look),
    vscode.workspace.onDidChangeTextDocument(({ document }) => look(document)),
    vscode.languages.registerInlineCompletionItemProvider("python", ghostText),
    vscode.languages.registerCompletionItemProvider("python", menu, "."),
  );
  vscode.workspace.textDocuments.forEach(look);
};

// A language client and nothing else: it starts mistral-lsp, and VS Code draws the ghost text by itself.

const { commands, window, workspace } = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

exports.activate = async function (context) {
  const settings = workspace.getConfiguration("mistralLspClient");
  const [command, ...args] = settings.get("command");
  client = new LanguageClient("mistralLspClient", "Mistral LSP", { command, args }, {
    documentSelector: ["file", "untitled", "vscode-notebook-cell"].map((scheme) => ({ scheme })),
    initializationOptions: settings.get("options"),
  });
  context.subscriptions.push(commands.registerCommand("mistralLspClient.doctor", showReport));
  await client.start();
};

exports.deactivate = () => client?.stop();

async function showReport() {
  const report = await client.sendRequest("workspace/executeCommand", { command: "mistralLsp.doctor" });
  await window.showTextDocument(await workspace.openTextDocument({ content: report }));
}

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
  const requests = {
    doctor: { command: "mistralLsp.doctor" },
    why: { command: "mistralLsp.why", arguments: ["quiet"] },
    counts: { command: "mistralLsp.counts" },
  };
  for (const [name, request] of Object.entries(requests)) {
    context.subscriptions.push(commands.registerCommand(`mistralLspClient.${name}`, () => show(request)));
  }
  await client.start();
};

exports.deactivate = () => client?.stop();

async function show(request) {
  const content = await client.sendRequest("workspace/executeCommand", request);
  await window.showTextDocument(await workspace.openTextDocument({ content }));
}

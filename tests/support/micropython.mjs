// Runs a script in a real MicroPython: node micropython.mjs PACKAGE SCRIPT, the files it may import on stdin as JSON.
// The script's `acts()` is asked for one act after the other: this port collects garbage only in between.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [folder, script] = process.argv.slice(2);
const { loadMicroPython } = await import(pathToFileURL(`${folder}/micropython.mjs`).href);
const micropython = await loadMicroPython({ linebuffer: true, stdout: (line) => console.log(line) });
for (const [path, text] of Object.entries(JSON.parse(readFileSync(0, "utf8")))) {
  const folders = path.split("/").slice(0, -1);
  folders.forEach((_, depth) => {
    const made = "/" + folders.slice(0, depth + 1).join("/");
    if (!micropython.FS.analyzePath(made).exists) micropython.FS.mkdir(made);
  });
  micropython.FS.writeFile("/" + path, text);
}
micropython.runPython(`import sys; sys.path.insert(0, "/")\nfrom ${script} import acts\nacts, more = acts(), True`);
while (micropython.globals.get("more")) {
  micropython.runPython("for _ in acts: break\nelse: more = False");
}

// Run programs on one of the WebAssembly builds:  node run.mjs BUILD LIB PROGRAM...
// BUILD is the folder of a build, LIB a folder that becomes the board's /lib, each PROGRAM a file; they share their
// names, and a gc.collect() in one of them has been done when the next begins (within a program it cannot be: the stack
// of WebAssembly cannot be read). What they print is printed; an exception that is not caught ends this with status 1.
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [build, lib, ...programs] = process.argv.slice(2).map((name) => path.resolve(name));

// 1.21 gives lines, the later builds give bytes
const write = (data) => process.stdout.write(typeof data === "string" ? `${data}\n` : data);

function copy(from, to, files) {
  files.mkdirTree(to);
  for (const entry of fs.readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [path.join(from, entry.name), `${to}/${entry.name}`];
    if (entry.isDirectory()) copy(source, target, files);
    else files.writeFile(target, fs.readFileSync(source));
  }
}

const { loadMicroPython } = await import(pathToFileURL(path.join(build, "micropython.mjs")));
const micropython = await loadMicroPython({
  url: path.join(build, "micropython.wasm"),
  heapsize: 4 * 1024 * 1024,
  linebuffer: false,
  stdout: write,
  stderr: write,
});
copy(lib, "/lib", micropython.FS ?? micropython._module.FS);
try {
  for (const program of programs) micropython.runPython(fs.readFileSync(program, "utf8"));
} catch (error) {
  console.log(error.message);
  process.exitCode = 1;
}

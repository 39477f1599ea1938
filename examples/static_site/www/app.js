// Draws the sound, seeks in it, and tells how each file came.
const audio = document.getElementById("bell");
const canvas = document.getElementById("wave");
const pen = canvas.getContext("2d");
let peaks = [];

function draw() {
  const { width, height } = canvas, step = width / peaks.length, at = audio.currentTime / audio.duration || 0;
  pen.clearRect(0, 0, width, height);
  peaks.forEach((peak, i) => {
    pen.fillStyle = i / peaks.length < at ? "#ffcf87" : "#8f97cf";
    const high = Math.max(3, peak * height * 0.9);
    pen.fillRect(i * step, (height - high) / 2, step - 2, high);
  });
}

async function wave() {
  // 8 bits a sample behind a head of 44 bytes: nothing to decode.
  const bytes = new Uint8Array(await (await fetch("bell.wav")).arrayBuffer()).subarray(44);
  const count = 120, part = Math.floor(bytes.length / count);
  peaks = Array.from({ length: count }, (_, i) =>
    Math.max(...bytes.subarray(i * part, (i + 1) * part).map(v => Math.abs(v - 128))) / 128);
  draw();
}

function kilobytes(n) {
  return n < 1024 ? n + " B" : (n / 1024).toFixed(1) + " KB";
}

function files() {
  const rows = new Map();
  for (const e of [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]) {
    const name = new URL(e.name).pathname;
    // What was validated alone counts 300 bytes, whatever its size.
    const wire = e.transferSize > 300 ? kilobytes(e.transferSize) : "<b>not modified</b>";
    if (!rows.has(name)) rows.set(name, [name, e.contentType || e.initiatorType,
      e.decodedBodySize ? kilobytes(e.decodedBodySize) : "as before", wire, Math.round(e.duration) + " ms"]);
  }
  document.getElementById("files").innerHTML =
    [...rows.values()].map(row => "<tr><td>" + row.join("</td><td>") + "</td></tr>").join("");
}

canvas.addEventListener("click", e => {
  audio.currentTime = e.offsetX / canvas.clientWidth * audio.duration;
});
for (const name of ["timeupdate", "seeked", "loadedmetadata"]) audio.addEventListener(name, draw);
addEventListener("load", () => wave().then(() => setTimeout(files, 100)));

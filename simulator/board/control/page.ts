// SPDX-License-Identifier: Apache-2.0
import { UNPRINTABLE } from "../../../tools/tcam/printable";

/** The control page: one document without external resources. */
export const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Virtual tCam-Mini</title>
<style>
  body { font: 15px/1.4 system-ui, sans-serif; margin: 1.2rem; background: #f4f4f2; color: #222; max-width: 70rem; }
  h1 { font-size: 1.3rem; } h2 { font-size: 1rem; margin: 1.2rem 0 .4rem; }
  .row { display: flex; gap: 1.5rem; flex-wrap: wrap; align-items: flex-start; }
  #led { width: 2.2rem; height: 2.2rem; border-radius: 50%; background: #444; border: 2px solid #999; }
  #led.red { background: #e22; } #led.green { background: #2c3; } #led.yellow { background: #fc2; }
  canvas { width: 480px; image-rendering: pixelated; background: #000; }
  button { font: inherit; padding: .25rem .7rem; margin: .1rem; }
  #log { font: 12px/1.35 ui-monospace, monospace; background: #1c1c1c; color: #ddd; height: 20rem; overflow: auto; padding: .6rem; white-space: pre-wrap; }
  .E { color: #f77; } .W { color: #fd6; } .D { color: #999; }
  label { display: block; } #faults { columns: 2; max-width: 34rem; } small { color: #666; }
  #problem { color: #b00; min-height: 1.4em; }
</style>
</head>
<body>
<h1>Virtual tCam-Mini</h1>
<div class="row">
  <div><div id="led" role="img" aria-label="LED"></div></div>
  <div>
    <button id="button">Button (hold)</button><button data-post="/reset">Reset</button>
    <button data-post="/power" data-body='{"on":true}'>Power on</button><button data-post="/power" data-body='{"on":false}'>Power off</button>
    <button data-post="/mode" data-body='{"mode":"wifi"}'>Jumper: WiFi</button><button data-post="/mode" data-body='{"mode":"serial"}'>Jumper: serial</button>
  </div>
  <div><span id="facts"></span> <a id="page" hidden>The camera's own page</a></div>
</div>
<p id="problem" role="alert"></p>
<div class="row">
  <div><h2>Scene</h2><canvas id="picture" width="160" height="120"></canvas><br><small id="range"></small></div>
  <div><h2>Faults</h2><div id="faults"></div></div>
</div>
<h2>Log</h2>
<div id="log"></div>
<script>
const byId = (id) => document.getElementById(id);
// Escapes the text of clients, cameras and images as tools/tcam/printable.ts does: a bidirectional control would reverse a line.
const printable = (text) => text.replace(${UNPRINTABLE}, (c) => "\\\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"));
const show = (element, text) => { element.textContent = printable(text); };
async function call(path, body) {
  const options = body === undefined ? {} : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const response = await fetch(path, options);
  const answer = await response.json();
  show(byId("problem"), response.ok ? "" : answer.error);
  return answer;
}
function addLine(line) {
  const log = byId("log");
  const atEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 4;
  const element = document.createElement("div");
  element.className = line.level;
  show(element, new Date(line.wall).toTimeString().slice(0, 8) + " " + line.level + " " + line.part + ": " + line.text);
  log.append(element);
  while (log.childElementCount > 500) log.firstChild.remove();
  if (atEnd) log.scrollTop = log.scrollHeight;
}
function showLed(color) { byId("led").className = color; byId("led").title = color; }
for (const element of document.querySelectorAll("[data-post]"))
  element.onclick = () => call(element.dataset.post, JSON.parse(element.dataset.body ?? "{}"));
const button = byId("button");
let speed = 1;
let down = Promise.resolve();
button.onpointerdown = (event) => {
  button.setPointerCapture(event.pointerId);
  // A click can be shorter than the shortest press that the camera detects: hold the button for 200 ms of board time.
  down = call("/button", { action: "down" }).then(() => new Promise((resolve) => setTimeout(resolve, 200 / (Number(speed) || 100))));
};
button.onpointerup = button.onpointercancel = () => down.then(() => call("/button", { action: "up" }));
button.onclick = (event) => event.detail === 0 && call("/button", { press: 200 }); // from the keyboard
async function showFaults() {
  const faults = await call("/faults");
  byId("faults").replaceChildren(...faults.map((fault) => {
    const label = document.createElement("label");
    const box = document.createElement("input");
    box.type = "checkbox"; box.checked = fault.on;
    box.onchange = () => call("/faults", { name: fault.name, on: box.checked });
    label.title = fault.effect;
    label.append(box, " " + fault.name + (fault.happened ? " (" + fault.happened + ")" : ""));
    return label;
  }));
}
async function showState() {
  const state = await call("/state");
  showLed(state.led.color);
  speed = state.board.speed;
  show(byId("facts"), state.address + ":" + state.port + ", " + state.mode + ", " + state.chip.state +
    ", version " + state.chip.version + " from " + state.chip.partition + "; Lepton " + state.lepton.model + " " +
    state.lepton.power + ", " + state.lepton.frames + " frames");
  byId("page").hidden = state.page === null || state.mode !== "wifi";
  byId("page").href = state.page ?? "";
}
async function showPicture() {
  const picture = await call("/picture");
  const bytes = Uint8Array.from(atob(picture.words), (c) => c.charCodeAt(0));
  const words = new Uint16Array(bytes.buffer);
  const image = new ImageData(picture.width, picture.height);
  const span = Math.max(1, picture.max - picture.min);
  words.forEach((word, i) => {
    const t = (word - picture.min) / span;
    image.data.set([255 * Math.min(1, 2 * t), 255 * Math.max(0, 2 * t - 1), 255 * Math.max(0, .6 - 1.2 * Math.abs(t - .3)), 255], 4 * i);
  });
  byId("picture").getContext("2d").putImageData(image, 0, 0);
  const celsius = (word) => (word / 100 - 273.15).toFixed(1) + " \\u00b0C";
  byId("range").textContent = celsius(picture.min) + " to " + celsius(picture.max);
}
async function start() {
  (await call("/log")).slice(-200).forEach(addLine);
  const events = new EventSource("/events");
  events.addEventListener("log", (event) => addLine(JSON.parse(event.data)));
  events.addEventListener("led", (event) => showLed(JSON.parse(event.data).color));
  events.onopen = () => { showState(); showFaults(); showPicture(); };
  setInterval(showState, 1000); setInterval(showFaults, 2000); setInterval(showPicture, 250);
}
start();
</script>
</body>
</html>
`;

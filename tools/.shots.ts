import { chromium } from "playwright-core";
import { FakeCamera, recordedPixels, recordedTelemetry, Word } from "/work/wt/page/test/device/web/fake-camera";
import { mkdirSync } from "node:fs";
const out="/work/wt/page/build/screenshots"; mkdirSync(out,{recursive:true});
async function main() {
  const camera = await FakeCamera.start();
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox","--disable-gpu"] });
  const only = process.argv[2];
  const sizes = [[320,568,2],[390,844,2],[844,390,2],[1280,800,1],[1024,768,1],[3840,2160,1]] as const;
  for (const scheme of ["dark","light"] as const) for (const [w,h,dpr] of sizes) {
    if (only && !`${w}x${h}-${scheme}`.match(only)) continue;
    const context = await browser.newContext({ viewport:{width:w,height:h}, deviceScaleFactor:dpr, colorScheme:scheme, locale: process.env.LOC ?? "en-GB", hasTouch: w<900 });
    const page = await context.newPage();
    page.on("pageerror", (e) => console.log("PAGEERROR", e.message));
    page.on("console", (m) => m.type()==="error" && console.log("CONSOLE", m.text()));
    camera.commands.length=0;
    await page.goto(camera.url);
    await camera.commanded("stream_on");
    const base=recordedPixels(); const t0=recordedTelemetry();
    let s=0;
    for (let i=0;i<3;i++) { s=camera.send({pixels: base.map(v=>v+Math.round(Math.random()*6)), telemetry:t0}); await page.waitForFunction((n)=>document.querySelector("#picture")?.getAttribute("data-sequence")===String(n), s); }
    await page.mouse.move(w*0.3,h*0.3);
    await page.keyboard.press("b");
    await page.waitForTimeout(400);
    await page.screenshot({ path: `${out}/${w}x${h}-${scheme}.png` });
    const sheets = (process.env.SHEETS ?? "").split(",").filter(Boolean);
    for (const name of sheets) {
      if (name==="graph") { await page.keyboard.press("g"); await page.waitForTimeout(200);} else {
      await page.evaluate((n)=>{ if(document.querySelector("#panel")!.hasAttribute("hidden")) (document.querySelector("#controls [data-action=menu]") as HTMLElement).click(); (document.querySelector("#tab-"+n) as HTMLElement).click(); }, name);
      await page.waitForTimeout(300);}
      await page.screenshot({ path: `${out}/${w}x${h}-${scheme}-${name}.png` });
    }
    await context.close();
  }
  await browser.close(); await camera.stop();
}
void main().then(()=>process.exit(0));

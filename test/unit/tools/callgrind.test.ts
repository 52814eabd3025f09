// SPDX-License-Identifier: Apache-2.0
import { costsByFile } from "../../bench/engine/callgrind";
import { hoistNatives } from "../../bench/engine/natives";

const PROFILE = `version: 1
pid: 17
cmd: xs-runner
events: Ir
summary: 999

fl=xsRun.c
fn=fxRunID
0 100
cfi=tcp.c
cfn=xs_tcp_pump
calls=2 0
0 60
fi=xsAll.h
0 5
fe=xsRun.c
0 7

fl=tcp.c
fn=xs_tcp_pump
+3 50
* 10

totals: 172
`;

test("costs are those of each file's own code: calls count for the called function", () => {
  expect([...costsByFile(PROFILE)]).toEqual([
    ["xsRun.c", 107],
    ["xsAll.h", 5],
    ["tcp.c", 60],
  ]);
});

test("a native function is looked up once, in the module's first line", () => {
  const code =
    'class A extends Native("xs_a") {\n  f() { return native("xs_a_f").call(this, native("xs_b")); }\n  g() { native("xs_b")(); }\n}\n';
  expect(hoistNatives(code)).toBe(
    'const $xs_a_f = native("xs_a_f"); const $xs_b = native("xs_b");class A extends Native("xs_a") {\n  f() { return $xs_a_f.call(this, $xs_b); }\n  g() { $xs_b(); }\n}\n',
  );
});

test("a module without native functions stays as it is", () => {
  expect(hoistNatives("export const a = 1;\n")).toBe("export const a = 1;\n");
});

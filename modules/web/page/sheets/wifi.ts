// SPDX-License-Identifier: Apache-2.0
import type { App, Sheet } from "../app";
import type { Wifi } from "../camera";
import { h } from "../dom";
import { button, choice, field, outcome, toggle } from "../form";
import { t } from "../texts";
import { report } from "./report";

const Flag = { client: 0x80, static: 0x10, enabled: 0x01 };

export function wifiSheet(app: App): Sheet {
  const line = outcome();
  const element = h("div", {}, line);
  const build = (wifi: Wifi): void => {
    let client = (wifi.flags & Flag.client) !== 0;
    let fixed = (wifi.flags & Flag.static) !== 0;
    let open = false;
    const text = (value: string, attributes: Record<string, string | number> = {}): HTMLInputElement =>
      h("input", {
        type: "text",
        value,
        autocomplete: "off",
        autocapitalize: "none",
        spellcheck: "false",
        ...attributes,
      });
    const ssid = text(client ? wifi.sta_ssid : wifi.ap_ssid, { maxlength: 32 });
    const password = text("", { type: "password", autocomplete: "new-password", placeholder: t("unchanged") });
    const address = text(client ? wifi.sta_ip_addr : wifi.ap_ip_addr, { inputmode: "decimal" });
    const netmask = text(wifi.sta_netmask, { inputmode: "decimal" });
    const form = h("form", {});
    const apply = (event: Event): void => {
      event.preventDefault();
      const kind = client ? "sta" : "ap";
      const args: Record<string, string | number> = {
        flags: Flag.enabled | (client ? Flag.client : 0) | (client && fixed ? Flag.static : 0),
        [`${kind}_ssid`]: ssid.value,
      };
      if (open || password.value) args[`${kind}_pw`] = open ? "" : password.value;
      if (!client) args["ap_ip_addr"] = address.value;
      else if (fixed) Object.assign(args, { sta_ip_addr: address.value, sta_netmask: netmask.value });
      void report(line, app.link.command("set_wifi", args), t("wifiApplied"));
    };
    form.addEventListener("submit", apply);
    const fill = (): void => {
      form.replaceChildren(
        choice(
          t("wifiMode"),
          [
            ["own", t("ownNetwork")],
            ["join", t("joinNetwork")],
          ],
          client ? "join" : "own",
          (value) => {
            client = value === "join";
            ssid.value = client ? wifi.sta_ssid : wifi.ap_ssid;
            address.value = client ? wifi.sta_ip_addr : wifi.ap_ip_addr;
            fill();
          },
        ),
        field(client ? t("ssid") : t("ownSsid"), ssid),
        field(t("password"), password, t("passwordHint")),
        toggle(t("openNetwork"), open, (on) => {
          open = on;
          password.disabled = on;
        }),
        ...(client
          ? [
              toggle(t("staticAddress"), fixed, (on) => {
                fixed = on;
                fill();
              }),
            ]
          : []),
        ...(client && !fixed ? [] : [field(t("address"), address)]),
        ...(client && fixed ? [field(t("netmask"), netmask)] : []),
        h("button", { class: "button main" }, t("apply")),
      );
    };
    fill();
    element.replaceChildren(h("p", { class: "lead" }, `${t("address")}: ${wifi.cur_ip_addr}`), form, line);
  };
  const load = (): void => {
    app.link.command("get_wifi").then(
      ({ wifi }) => build(wifi as Wifi),
      (error: Error) => {
        void report(line, Promise.reject(error), "");
        element.replaceChildren(line, button(t("wifi"), load));
      },
    );
  };
  load();
  return { element };
}

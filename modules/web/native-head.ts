// SPDX-License-Identifier: Apache-2.0
import { FIELD_NAMES, type FieldName, type HttpHead, type Method, METHODS } from "./http-head";

function methodOf(this: NativeHttpHead): number {
  return native("xs_http_head_get_method").call(this);
}

function fieldOf(this: NativeHttpHead, field: number): string | undefined {
  return native("xs_http_head_field").call(this, field);
}

/** HttpHead in native code. */
export class NativeHttpHead extends Native("xs_http_head_destructor") implements HttpHead {
  constructor() {
    super();
    native("xs_http_head").call(this);
  }

  get status(): number {
    return native("xs_http_head_get_status").call(this);
  }

  get method(): Method {
    return METHODS[methodOf.call(this)] ?? "other";
  }

  get minor(): number {
    return native("xs_http_head_get_minor").call(this);
  }

  get length(): number | undefined {
    return native("xs_http_head_get_length").call(this);
  }

  get target(): string {
    return native("xs_http_head_get_target").call(this);
  }

  field(name: FieldName): string | undefined {
    return fieldOf.call(this, FIELD_NAMES.indexOf(name));
  }

  feed(bytes: Uint8Array, from: number, to: number): number {
    return native("xs_http_head_feed").call(this, bytes, from, to);
  }

  reset(): void {
    return native("xs_http_head_reset").call(this);
  }
}

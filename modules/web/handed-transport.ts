// SPDX-License-Identifier: Apache-2.0
import { SocketTransport, type SocketCallbacks, type SocketIO } from "modules/server/transport";

/** The transport of a connection that has left HTTP. */
export class HandedTransport extends SocketTransport {
  private onClose: (() => void) | undefined;

  /**
   * @param received bytes that are read first
   * @param onClose called once
   */
  constructor(open: (callbacks: SocketCallbacks) => SocketIO, received: Uint8Array, onClose: () => void) {
    super(open, received);
    this.onClose = onClose;
  }

  override close(): void {
    super.close();
    const onClose = this.onClose;
    this.onClose = undefined;
    onClose?.();
  }

  /** Ends the connection from the server's side. */
  end(): void {
    this.events?.onClosed();
    this.close();
  }
}

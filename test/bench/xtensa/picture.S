/* SPDX-License-Identifier: Apache-2.0 */
    .section .rodata
    .align 4
    .global fixture_picture
fixture_picture:
    .incbin "picture.bin"

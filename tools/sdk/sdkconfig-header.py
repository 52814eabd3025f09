# SPDX-License-Identifier: Apache-2.0
"""Writes the sdkconfig.h that ESP-IDF's Kconfig files give for some defaults.

usage: sdkconfig-header.py IDF_PATH DEFAULTS FOLDER

Needs kconfiglib (Debian: python3-kconfiglib); the IDF's own generator needs packages that Debian does not have.
"""
import os
import sys
from pathlib import Path

import kconfiglib


class Kconfig(kconfiglib.Kconfig):
    def _parse_help(self, node):
        # The IDF has "help" in nodes where this version expects none.
        if not hasattr(node, "help"):
            node.help = None
        super()._parse_help(node)


def list_components(idf, name, target):
    """Writes a file that sources the Kconfig files called `name` of all components."""
    files = sorted(Path(idf, "components").glob(f"*/{name}"))
    target.write_text("".join(f'source "{file}"\n' for file in files))
    return str(target)


def main():
    idf, defaults, folder = sys.argv[1:]
    components = list_components(idf, "Kconfig", Path(folder, "kconfigs.in"))
    projects = list_components(idf, "Kconfig.projbuild", Path(folder, "kconfigs-projbuild.in"))
    os.environ.update(
        IDF_PATH=idf,
        IDF_TARGET="esp32",
        IDF_VERSION="6.0.0",
        IDF_INIT_VERSION="6.0.0",
        IDF_TOOLCHAIN="gcc",
        IDF_ENV_FPGA="",
        IDF_CI_BUILD="",
        IDF_BUILD_V2="",
        COMPONENT_KCONFIGS_SOURCE_FILE=components,
        COMPONENT_KCONFIGS_PROJBUILD_SOURCE_FILE=projects,
        COMPONENT_KCONFIGS_EXCLUDED_SOURCE_FILE=os.devnull,
        COMPONENT_KCONFIGS_PROJBUILD_EXCLUDED_SOURCE_FILE=os.devnull,
    )
    config = Kconfig(str(Path(idf, "Kconfig")), warn=False)
    config.load_config(defaults)
    config.write_autoconf(str(Path(folder, "sdkconfig.h")))


main()

// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "cli/culvertctl/command_line.h"

int main(int argc, char** argv) {
  return culvert::ctl::Run(argc, argv, std::cout, std::cerr);
}

#!/bin/sh
# g++ for processes that tests start: the options of tests.conftest.SOON in place of -O3.
exec g++ "$@" -O1 -ftree-vectorize -fwhole-program

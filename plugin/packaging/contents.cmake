# SPDX-License-Identifier: GPL-2.0-or-later
#
# Read by CPack for each package: which component of the install rules is in it, and below which folder.

if(CPACK_GENERATOR STREQUAL "TGZ")
    set(component tarball)
    set(CPACK_PACKAGING_INSTALL_PREFIX /)
else()
    set(component package)
endif()

get_filename_component(build ${CPACK_OUTPUT_CONFIG_FILE} DIRECTORY)
set(CPACK_INSTALL_CMAKE_PROJECTS ${build} amanda ${component} /)

# Packages for one Wireshark minor version, that of this build: `cpack -G DEB`, `cpack -G RPM`, and `cpack -G TGZ` for a
# user's own folder. Included by the top CMakeLists.txt, after what `cmake --install` installs.
#
# SPDX-License-Identifier: GPL-2.0-or-later

set(package wireshark-plugin-amanda)
set(series ${Wireshark_MAJOR_VERSION}.${Wireshark_MINOR_VERSION})
math(EXPR next_minor "${Wireshark_MINOR_VERSION} + 1")
set(next_series ${Wireshark_MAJOR_VERSION}.${next_minor})

# --- what is in them

# Destinations such as ./plugin are made plain; CMake from 3.31 on asks for a word on that.
if(POLICY CMP0177)
    cmake_policy(SET CMP0177 NEW)
endif()

# install_for(COMPONENT DOCUMENTATION PLUGINS PROFILES): the destinations are relative to what the package unpacks into;
# the README and what it links to are at the same places beneath one folder as in the repository.
function(install_for component documentation plugins profiles)
    set(options COMPONENT ${component} EXCLUDE_FROM_ALL)
    install(TARGETS amanda LIBRARY DESTINATION ${plugins} ${options})
    install(DIRECTORY plugin/profile/Amanda DESTINATION ${profiles} ${options})
    install(FILES README.md DESTINATION ${documentation} ${options})
    install(DIRECTORY plugin/doc DESTINATION ${documentation}/plugin ${options})
    # Those to look at; what only tests need stays out.
    install(FILES test-captures/README.md DESTINATION ${documentation}/test-captures ${options})
    install(DIRECTORY test-captures/generated test-captures/outcomes test-captures/recorded test-captures/reports
        DESTINATION ${documentation}/test-captures ${options}
        FILES_MATCHING PATTERN "*.pcap" PATTERN "*.pcapng" PATTERN "*.log" PATTERN "*.verdicts" PATTERN reference EXCLUDE)
endfunction()

set(documentation share/doc/${package})
install_for(package ${documentation} ${Wireshark_PLUGIN_LIBDIR}/epan share/wireshark/profiles)
install(FILES plugin/packaging/copyright DESTINATION ${documentation} COMPONENT package EXCLUDE_FROM_ALL)
find_program(AMANDA_GZIP gzip)
mark_as_advanced(AMANDA_GZIP)
if(AMANDA_GZIP)
    # Debian's policy wants it compressed, and without a time stamp.
    set(changelog ${CMAKE_BINARY_DIR}/changelog.gz)
    add_custom_command(OUTPUT ${changelog}
        COMMAND ${AMANDA_GZIP} -9 -n -c ${CMAKE_SOURCE_DIR}/plugin/packaging/changelog > ${changelog}
        DEPENDS plugin/packaging/changelog
        VERBATIM)
    add_custom_target(changelog ALL DEPENDS ${changelog})
    install(FILES ${changelog} DESTINATION ${documentation} COMPONENT package EXCLUDE_FROM_ALL)
endif()

# A folder with the script that installs from it
install_for(tarball . plugins/${series}/epan profiles)
install(PROGRAMS plugin/packaging/install.sh plugin/packaging/installed-files.sh DESTINATION .
    COMPONENT tarball EXCLUDE_FROM_ALL)
install(FILES COPYING plugin/packaging/changelog DESTINATION . COMPONENT tarball EXCLUDE_FROM_ALL)

# --- CPack

set(CPACK_PACKAGE_NAME ${package})
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_VENDOR "Amanda dissector authors")
set(CPACK_PACKAGE_CONTACT "Amanda dissector authors <amanda-dissector@amanda-wireshark.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Wireshark dissector for the Amanda network backup protocol")
set(CPACK_PACKAGE_DESCRIPTION
"It decodes what an Amanda backup server and its clients send to each other,
follows every exchange, and warns of each reply that answers no outstanding
request. This package is for Wireshark ${series}; it holds test captures, too.")
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR}/packages)
set(CPACK_PACKAGE_FILE_NAME ${package}-${PROJECT_VERSION}-wireshark-${series}-${CMAKE_SYSTEM_PROCESSOR})
set(CPACK_PACKAGING_INSTALL_PREFIX ${Wireshark_INSTALL_PREFIX})
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
# It chooses what goes into which package.
set(CPACK_PROJECT_CONFIG_FILE ${CMAKE_SOURCE_DIR}/plugin/packaging/contents.cmake)
set(CPACK_GENERATOR TGZ)

# The version of a .deb says which Wireshark it is for, so that an upgrade of Debian upgrades it to the next one's.
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_VERSION ${PROJECT_VERSION}+ws${series})
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# The library's package says the minor version already, but several of these can be installed at once. tshark and
# wireshark need the wireshark-common of their own version.
set(CPACK_DEBIAN_PACKAGE_DEPENDS
    "wireshark-common (>= ${series}), wireshark-common (<< ${next_series}~), tshark | wireshark")
set(CPACK_DEBIAN_PACKAGE_ENHANCES "wireshark, tshark")
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)

set(CPACK_RPM_FILE_NAME RPM-DEFAULT)
set(CPACK_RPM_PACKAGE_RELEASE 1.ws${series})
set(CPACK_RPM_PACKAGE_LICENSE GPL-2.0-or-later)
set(CPACK_RPM_PACKAGE_GROUP Applications/Internet)
set(CPACK_RPM_PACKAGE_REQUIRES "wireshark-cli >= ${series}, wireshark-cli < ${next_series}")
# The folders on the way to each file are other packages' own.
set(CPACK_RPM_EXCLUDE_FROM_AUTO_FILELIST_ADDITION)
foreach(folder IN ITEMS ${Wireshark_PLUGIN_LIBDIR}/epan share/wireshark/profiles share/doc)
    set(folder ${Wireshark_INSTALL_PREFIX}/${folder})
    while(NOT folder STREQUAL "/")
        list(APPEND CPACK_RPM_EXCLUDE_FROM_AUTO_FILELIST_ADDITION ${folder})
        get_filename_component(folder ${folder} DIRECTORY)
    endwhile()
endforeach()

include(CPack)

# SPDX-License-Identifier: GPL-2.0-or-later
#
# Says what to do where `cmake --install` lacks the permission, before it fails at the first file.

function(may_write folder build)
    if(NOT "$ENV{DESTDIR}" STREQUAL "")
        return()
    endif()
    set(nearest "${folder}")
    while(NOT EXISTS "${nearest}")
        get_filename_component(nearest "${nearest}" DIRECTORY)
    endwhile()
    execute_process(COMMAND test -w "${nearest}" RESULT_VARIABLE status)
    if(NOT status EQUAL 0)
        # As one types it in a shell; lines that begin with a blank are not broken.
        string(REPLACE "'" "'\\''" quoted "${build}")
        message(FATAL_ERROR "You may not write to ${folder}.\n  For all users: sudo cmake --install '${quoted}'\n"
            "  For yourself alone: cmake --build '${quoted}' --target install-user")
    endif()
endfunction()

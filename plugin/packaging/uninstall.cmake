# cmake -D REMOVE="FILE;FOLDER..." -P uninstall.cmake
# Removes them, below DESTDIR as `cmake --install` does.

foreach(path IN LISTS REMOVE)
    set(path "$ENV{DESTDIR}${path}")
    if(EXISTS ${path})
        message(STATUS "Removing: ${path}")
        file(REMOVE_RECURSE ${path})
        if(EXISTS ${path})
            message(FATAL_ERROR "You may not remove ${path}: run this with sudo")
        endif()
    endif()
endforeach()

# cmake -D PLUGIN=... -D PLUGIN_DIR=... -D PROFILE=... -D CONFIG_DIR=... -D BUILD_DIR=... -P install-user.cmake
# Installs the plugin and its profile for one user, and says what that user may wonder about.

message(STATUS "Installing: ${PLUGIN_DIR}/epan/amanda.so")
file(COPY ${PLUGIN} DESTINATION ${PLUGIN_DIR}/epan)

set(profile ${CONFIG_DIR}/profiles/Amanda)
if(EXISTS ${profile})
    # Wireshark writes the user's changes into it.
    message(STATUS "Keeping your profile as it is: ${profile}")
else()
    message(STATUS "Installing: ${profile}")
    file(COPY ${PROFILE} DESTINATION ${CONFIG_DIR}/profiles)
endif()

execute_process(COMMAND id -u OUTPUT_VARIABLE user OUTPUT_STRIP_TRAILING_WHITESPACE)
if(user STREQUAL "0")
    message(WARNING "You are root, and Wireshark ignores the plugins in root's own folder. "
        "Install for all users instead: cmake --install ${BUILD_DIR}")
endif()

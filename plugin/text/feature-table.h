/* text/feature-table.h
 * All features that Amanda knows, in one table
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_TEXT_FEATURE_TABLE_H
#define AMANDA_TEXT_FEATURE_TABLE_H

/* X(number, name, group, since, label) for each feature: its number and its name as in Amanda's sources (without the
 * fe_), what it has to do with, the release that gave it its number, and what it means.
 *
 * Amanda 2.4.3 to 3.6 and its 4.0 branch: common-src/amfeatures.h. A number never changes its meaning, but for 16,
 * which was program_dumper_api up to 2.5.1 and program_backup_api in 2.5.2 and 2.6.0. */
#define AMANDA_FEATURE_TABLE(X)                                                                                        \
    X(0, have_feature_support, GENERAL, "2.4.3", "Peer knows feature strings")                                         \
    X(1, options_auth, DISK_OPTIONS, "2.4.3", "Option auth=")                                                          \
    X(2, selfcheck_req, SELFCHECK, "2.4.3", "selfcheck requests")                                                      \
    X(3, selfcheck_req_device, SELFCHECK, "2.4.3", "Device field in selfcheck REQ")                                    \
    X(4, selfcheck_rep, SELFCHECK, "2.4.3", "selfcheck replies")                                                       \
    X(5, sendsize_req_no_options, SENDSIZE, "2.4.3", "sendsize REQ without OPTIONS part")                              \
    X(6, sendsize_req_options, SENDSIZE, "2.4.3", "sendsize REQ with OPTIONS part")                                    \
    X(7, sendsize_req_device, SENDSIZE, "2.4.3", "Device field in sendsize REQ")                                       \
    X(8, sendsize_rep, SENDSIZE, "2.4.3", "sendsize replies")                                                          \
    X(9, sendbackup_req, SENDBACKUP, "2.4.3", "sendbackup requests")                                                   \
    X(10, sendbackup_req_device, SENDBACKUP, "2.4.3", "Device field in sendbackup REQ")                                \
    X(11, sendbackup_rep, SENDBACKUP, "2.4.3", "sendbackup replies")                                                   \
    X(12, noop_req, GENERAL, "2.4.3", "noop requests")                                                                 \
    X(13, noop_rep, GENERAL, "2.4.3", "noop replies")                                                                  \
    X(14, program_dump, PROGRAM, "2.4.3", "Program DUMP")                                                              \
    X(15, program_gnutar, PROGRAM, "2.4.3", "Program GNUTAR")                                                          \
    X(16, program_application_api, PROGRAM, "2.4.3", "Program APPLICATION (earlier BACKUP/DUMPER API)")                \
    X(17, options_compress_fast, DISK_OPTIONS, "2.4.3", "Option compress-fast")                                        \
    X(18, options_compress_best, DISK_OPTIONS, "2.4.3", "Option compress-best")                                        \
    X(19, options_srvcomp_fast, DISK_OPTIONS, "2.4.3", "Option srvcomp-fast")                                          \
    X(20, options_srvcomp_best, DISK_OPTIONS, "2.4.3", "Option srvcomp-best")                                          \
    X(21, options_no_record, DISK_OPTIONS, "2.4.3", "Option no-record")                                                \
    X(22, options_index, DISK_OPTIONS, "2.4.3", "Option index")                                                        \
    X(23, options_exclude_file, DISK_OPTIONS, "2.4.3", "Option exclude-file")                                          \
    X(24, options_exclude_list, DISK_OPTIONS, "2.4.3", "Option exclude-list")                                          \
    X(25, options_multiple_exclude, DISK_OPTIONS, "2.4.3", "Several exclude options")                                  \
    X(26, options_optional_exclude, DISK_OPTIONS, "2.4.3", "Option exclude-optional")                                  \
    X(27, options_include_file, DISK_OPTIONS, "2.4.3", "Option include-file")                                          \
    X(28, options_include_list, DISK_OPTIONS, "2.4.3", "Option include-list")                                          \
    X(29, options_multiple_include, DISK_OPTIONS, "2.4.3", "Several include options")                                  \
    X(30, options_optional_include, DISK_OPTIONS, "2.4.3", "Option include-optional")                                  \
    X(31, options_bsd_auth, DISK_OPTIONS, "2.4.3", "Option bsd-auth")                                                  \
    X(32, options_krb4_auth, DISK_OPTIONS, "2.4.3, unset since 3.1", "Option krb4-auth")                               \
    X(33, options_kencrypt, DISK_OPTIONS, "2.4.3", "Option kencrypt")                                                  \
    X(34, req_options_maxdumps, GENERAL, "2.4.3", "maxdumps= in REQ OPTIONS")                                          \
    X(35, req_options_hostname, GENERAL, "2.4.3", "hostname= in REQ OPTIONS")                                          \
    X(36, req_options_features, GENERAL, "2.4.3", "features= in REQ OPTIONS")                                          \
    X(37, rep_options_maxdumps, GENERAL, "2.4.3, never set", "maxdumps= in REP OPTIONS")                               \
    X(38, rep_options_hostname, GENERAL, "2.4.3, never set", "hostname= in REP OPTIONS")                               \
    X(39, rep_options_features, GENERAL, "2.4.3", "features= in REP OPTIONS")                                          \
    X(40, rep_options_sendbackup_options, SENDBACKUP, "2.4.3, never set", "DLE options echoed in sendbackup REP")      \
    X(41, amindexd_fileno_in_OLSD, AMINDEXD, "2.4.3", "File number in OLSD listing")                                   \
    X(42, amindexd_fileno_in_ORLD, AMINDEXD, "2.4.3", "File number in ORLD listing")                                   \
    X(43, amidxtaped_fsf, AMIDXTAPED, "2.4.3", "amidxtaped FSF= command")                                              \
    X(44, amidxtaped_label, AMIDXTAPED, "2.4.3", "amidxtaped LABEL= command")                                          \
    X(45, amidxtaped_device, AMIDXTAPED, "2.4.3", "amidxtaped DEVICE= command")                                        \
    X(46, amidxtaped_host, AMIDXTAPED, "2.4.3", "amidxtaped HOST= command")                                            \
    X(47, amidxtaped_disk, AMIDXTAPED, "2.4.3", "amidxtaped DISK= command")                                            \
    X(48, amidxtaped_datestamp, AMIDXTAPED, "2.4.3", "amidxtaped DATESTAMP= command")                                  \
    X(49, amidxtaped_header, AMIDXTAPED, "2.4.3", "amidxtaped HEADER command")                                         \
    X(50, amidxtaped_nargs, AMIDXTAPED, "2.4.3, unset since 3.1", "amidxtaped argument-count protocol")                \
    X(51, amidxtaped_config, AMIDXTAPED, "2.4.3", "amidxtaped CONFIG= command")                                        \
    X(52, partial_estimate, SENDSIZE, "2.4.5", "Partial estimates (PREP)")                                             \
    X(53, calcsize_estimate, SENDSIZE, "2.4.5", "CALCSIZE estimates")                                                  \
    X(54, selfcheck_calcsize, SELFCHECK, "2.4.5", "CALCSIZE in selfcheck")                                             \
    X(55, recover_splits, AMRECOVER, "2.5.0", "Recovery of split dumps")                                               \
    X(56, amidxtaped_exchange_features, AMIDXTAPED, "2.5.0", "amidxtaped feature exchange")                            \
    X(57, options_compress_cust, DISK_OPTIONS, "2.5.0", "Option comp-cust=")                                           \
    X(58, options_srvcomp_cust, DISK_OPTIONS, "2.5.0", "Option srvcomp-cust=")                                         \
    X(59, options_encrypt_cust, DISK_OPTIONS, "2.5.0", "Option encrypt-cust=")                                         \
    X(60, options_encrypt_serv_cust, DISK_OPTIONS, "2.5.0", "Option encrypt-serv-cust=")                               \
    X(61, options_client_decrypt_option, DISK_OPTIONS, "2.5.0", "Option client-decrypt-option=")                       \
    X(62, options_server_decrypt_option, DISK_OPTIONS, "2.5.0", "Option server-decrypt-option=")                       \
    X(63, amindexd_marshall_in_OLSD, AMINDEXD, "2.5.0", "Marshalled tape list in OLSD")                                \
    X(64, amindexd_marshall_in_ORLD, AMINDEXD, "2.5.0", "Marshalled tape list in ORLD")                                \
    X(65, amindexd_marshall_in_DHST, AMINDEXD, "2.5.0", "Marshalled tape list in DHST")                                \
    X(66, amrecover_FEEDME, AMRECOVER, "2.5.0", "amrecover FEEDME")                                                    \
    X(67, amrecover_timestamp, AMRECOVER, "2.5.1", "amrecover time stamps")                                            \
    X(68, interface_quoted_text, GENERAL, "2.5.1", "Quoted strings on interfaces")                                     \
    X(69, program_star, PROGRAM, "2.5.1", "Program STAR")                                                              \
    X(70, amindexd_options_hostname, AMINDEXD, "2.5.1", "amindexd hostname= option")                                   \
    X(71, amindexd_options_features, AMINDEXD, "2.5.1", "amindexd features= option")                                   \
    X(72, amindexd_options_auth, AMINDEXD, "2.5.1", "amindexd auth= option")                                           \
    X(73, amidxtaped_options_hostname, AMIDXTAPED, "2.5.1", "amidxtaped hostname= option")                             \
    X(74, amidxtaped_options_features, AMIDXTAPED, "2.5.1", "amidxtaped features= option")                             \
    X(75, amidxtaped_options_auth, AMIDXTAPED, "2.5.1", "amidxtaped auth= option")                                     \
    X(76, amrecover_message, AMRECOVER, "2.5.1", "amrecover MESSAGE line")                                             \
    X(77, amrecover_feedme_tape, AMRECOVER, "2.5.1", "amrecover tape name in FEEDME")                                  \
    X(78, req_options_config, GENERAL, "2.5.1", "config= in REQ OPTIONS")                                              \
    X(79, rep_sendsize_quoted_error, SENDSIZE, "2.5.2", "Quoted error in sendsize REP")                                \
    X(80, req_xml, XML, "2.6.1", "XML request bodies")                                                                 \
    X(81, pp_script, XML, "2.6.1", "Pre/post scripts")                                                                 \
    X(82, amindexd_DLE, AMINDEXD, "2.6.1", "amindexd DLE command")                                                     \
    X(83, amrecover_dle_in_header, AMRECOVER, "2.6.1", "DLE in dump header for amrecover")                             \
    X(84, xml_estimate, XML, "2.6.1", "XML estimate element")                                                          \
    X(85, xml_property_priority, XML, "2.6.1", "XML property priority")                                                \
    X(86, sendsize_rep_warning, SENDSIZE, "2.6.1", "WARNING lines in sendsize REP")                                    \
    X(87, xml_estimatelist, XML, "3.1", "XML estimate list")                                                           \
    X(88, xml_level_server, XML, "3.1", "XML server child of level")                                                   \
    X(89, xml_data_path, XML, "3.1", "XML datapath element")                                                           \
    X(90, xml_directtcp_list, XML, "3.1", "XML directtcp list")                                                        \
    X(91, amidxtaped_datapath, AMIDXTAPED, "3.1", "amidxtaped datapath negotiation")                                   \
    X(92, sendbackup_noop, SENDBACKUP, "3.1", "sendbackup no-op line")                                                 \
    X(93, amrecover_origsize_in_header, AMRECOVER, "3.1", "ORIGSIZE in dump header")                                   \
    X(94, amidxtaped_abort, AMIDXTAPED, "3.1", "amidxtaped ABORT")                                                     \
    X(95, amrecover_correct_disk_quoting, AMRECOVER, "3.1", "Correct disk quoting in amrecover")                       \
    X(96, amindexd_quote_label, AMINDEXD, "3.2", "Quoted labels from amindexd")                                        \
    X(97, amrecover_receive_unfiltered, AMRECOVER, "3.3.0", "amrecover takes unfiltered data")                         \
    X(98, application_client_name, XML, "3.3.0", "XML application client_name")                                        \
    X(99, script_client_name, XML, "3.3.0", "XML script client_name")                                                  \
    X(100, dumptype_property, XML, "3.3.0", "XML dumptype properties")                                                 \
    X(101, sendbackup_state, SENDBACKUP, "3.3.4", "sendbackup state line (MESG)")                                      \
    X(102, sendbackup_crc, SENDBACKUP, "3.4", "CRC lines in MESG")                                                     \
    X(103, amrecover_crc_in_header, AMRECOVER, "3.4", "CRCs in dump header")                                           \
    X(104, amrecover_data_status, AMRECOVER, "3.4", "amrecover DATA-STATUS")                                           \
    X(105, amrecover_data_crc, AMRECOVER, "3.4", "amrecover DATA-CRC")                                                 \
    X(106, amrecover_storage_in_marshall, AMRECOVER, "3.4", "Storage in marshalled list (amrecover)")                  \
    X(107, amidxtaped_storage_in_marshall, AMIDXTAPED, "3.4", "Storage in marshalled list (amidxtaped)")               \
    X(108, amindexd_STORAGE, AMINDEXD, "3.4", "amindexd STORAGE command")                                              \
    X(109, sendbackup_retry, SENDBACKUP, "3.4", "sendbackup retry line")                                               \
    X(110, sendbackup_retry_delay, SENDBACKUP, "3.4", "retry with delay")                                              \
    X(111, sendbackup_retry_level, SENDBACKUP, "3.4", "retry with level")                                              \
    X(112, sendbackup_retry_message, SENDBACKUP, "3.4", "retry with message")                                          \
    X(113, selfcheck_message, SELFCHECK, "3.4", "selfcheck JSON messages")                                             \
    X(114, sendsize_message, SENDSIZE, "3.4, never set", "sendsize JSON messages")                                     \
    X(115, sendbackup_message, SENDBACKUP, "3.4, never set", "sendbackup JSON messages")                               \
    X(116, sendbackup_rep_retry, SENDBACKUP, "3.4", "RETRY in sendbackup REP")                                         \
    X(117, sendbackup_stream_state, SENDBACKUP, "3.4", "sendbackup STATE stream")                                      \
    X(118, amrecover_stream_state, AMRECOVER, "3.4", "amrecover STATE stream")                                         \
    X(119, amidxtaped_dar, AMIDXTAPED, "3.4", "amidxtaped DAR")                                                        \
    X(120, restore_mesg_json, RESTORE, "3.4", "restore JSON MESG")                                                     \
    X(121, restore_state_stream, RESTORE, "3.4", "restore STATE stream")                                               \
    X(122, amrecover_header_send_size, AMRECOVER, "3.4", "amrecover HEADER-SEND-SIZE")                                 \
    X(123, amrecover_header_ready, AMRECOVER, "3.4", "amrecover HEADER-READY")                                         \
    X(124, amrecover_header_done, AMRECOVER, "3.4", "amrecover HEADER-DONE")                                           \
    X(125, amrecover_state_send, AMRECOVER, "3.4", "amrecover STATE-SEND")                                             \
    X(126, amrecover_state_ready, AMRECOVER, "3.4", "amrecover STATE-READY")                                           \
    X(127, amrecover_state_done, AMRECOVER, "3.4", "amrecover STATE-DONE")                                             \
    X(128, amrecover_data_send, AMRECOVER, "3.4", "amrecover DATA-SEND")                                               \
    X(129, amrecover_data_ready, AMRECOVER, "3.4", "amrecover DATA-READY")                                             \
    X(130, amrecover_data_done, AMRECOVER, "3.4, never set", "amrecover DATA-DONE")                                    \
    X(131, restore_header_send_size, RESTORE, "3.4", "restore HEADER-SEND-SIZE")                                       \
    X(132, restore_header_ready, RESTORE, "3.4", "restore HEADER-READY")                                               \
    X(133, restore_header_done, RESTORE, "3.4", "restore HEADER-DONE")                                                 \
    X(134, restore_state_send, RESTORE, "3.4", "restore STATE-SEND")                                                   \
    X(135, restore_state_ready, RESTORE, "3.4", "restore STATE-READY")                                                 \
    X(136, restore_state_done, RESTORE, "3.4", "restore STATE-DONE")                                                   \
    X(137, restore_data_send, RESTORE, "3.4", "restore DATA-SEND")                                                     \
    X(138, restore_data_ready, RESTORE, "3.4", "restore DATA-READY")                                                   \
    X(139, restore_data_done, RESTORE, "3.4, never set", "restore DATA-DONE")                                          \
    X(140, restore_dar, RESTORE, "3.4", "restore DAR")                                                                 \
    X(141, restore_datapath, RESTORE, "3.4", "restore datapath")                                                       \
    X(142, restore_include, RESTORE, "3.4", "restore include list")                                                    \
    X(143, restore_include_glob, RESTORE, "3.4", "restore include glob list")                                          \
    X(144, restore_exclude, RESTORE, "3.4", "restore exclude list")                                                    \
    X(145, restore_exclude_glob, RESTORE, "3.4", "restore exclude glob list")                                          \
    X(146, restore_prev_next_level, RESTORE, "3.4", "restore previous/next level")                                     \
    X(147, sendbackup_req_options_data_shm_control_name, SENDBACKUP, "3.4",                                            \
      "data-shm-control-name= in sendbackup REQ")                                                                      \
    X(148, req_options_timestamp, GENERAL, "3.5", "timestamp= in REQ OPTIONS")                                         \
    X(149, sendbackup_stream_cmd, SENDBACKUP, "3.5.4, set in 4.0 only", "sendbackup CMD stream")                       \
    X(150, sendbackup_stream_cmd_get_dumper_result, SENDBACKUP, "3.5.4, set in 4.0 only",                              \
      "CMD stream GET_DUMPER_RESULT")                                                                                  \
    X(151, sendbackup_statedone, SENDBACKUP, "3.5.2", "sendbackup statedone line")

#endif

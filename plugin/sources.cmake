# The sources of the plugin, in the order in which a datagram travels through them.

set(AMANDA_SOURCES
    plugin.c
    packet-amanda.c
    amanda-port.c
    amanda-header.c
    amanda-preface.c
    amanda-exchange.c
    amanda-outstanding.c
    amanda-fields.c
    amanda-show-header.c
    amanda-show-exchange.c
    amanda-body.c
    amanda-details.c
)

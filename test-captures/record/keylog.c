/* For LD_PRELOAD: writes the TLS keys of a program to the file that SSLKEYLOGFILE names.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

/* of OpenSSL 3, whose headers need not be installed */
typedef struct ssl_st SSL;
typedef struct ssl_ctx_st SSL_CTX;
typedef struct ssl_method_st SSL_METHOD;
void SSL_CTX_set_keylog_callback(SSL_CTX *ctx, void (*callback)(const SSL *ssl, const char *line));

static void
write_keys(const SSL *ssl, const char *line)
{
    FILE *file = fopen(getenv("SSLKEYLOGFILE"), "a");

    (void)ssl;
    if (file) {
        fprintf(file, "%s\n", line);
        fclose(file);
    }
}

SSL_CTX *
SSL_CTX_new(const SSL_METHOD *method)
{
    SSL_CTX *(*original)(const SSL_METHOD *) = (SSL_CTX * (*)(const SSL_METHOD *)) dlsym(RTLD_NEXT, "SSL_CTX_new");
    SSL_CTX *ctx = original(method);

    if (ctx && getenv("SSLKEYLOGFILE"))
        SSL_CTX_set_keylog_callback(ctx, write_keys);
    return ctx;
}

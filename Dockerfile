# The three programs, on Debian 13.
#   docker build -t tally .
#   docker run --rm tally tally-aggregate --help
FROM debian:trixie-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends \
        gcc libc6-dev cmake ninja-build pkg-config \
        librdkafka-dev libavro-dev libhiredis-dev libjansson-dev libcurl4-openssl-dev libmicrohttpd-dev libgnutls28-dev libyajl-dev libssl-dev libxxhash-dev zlib1g-dev libzstd-dev libcsv-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN cmake --preset release -DTALLY_TESTS=OFF -DCMAKE_INSTALL_PREFIX=/usr/local \
    && cmake --build --preset release \
    && DESTDIR=/out cmake --install build/release --strip

FROM debian:trixie-slim
RUN apt-get update && apt-get install -y --no-install-recommends \
        librdkafka1 libavro24 libhiredis1.1.0 libjansson4 libcurl4t64 libmicrohttpd12t64 libgnutls30t64 libyajl2 libssl3t64 libxxhash0 zlib1g libzstd1 libcsv3 ca-certificates \
    && (apt-get install -y --no-install-recommends libc-gconv-modules-extra || true) \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --no-create-home tally
COPY --from=build /out/usr/local/bin/ /usr/local/bin/
COPY --from=build /out/usr/local/share/ /usr/local/share/
USER tally
CMD ["tally-aggregate"]

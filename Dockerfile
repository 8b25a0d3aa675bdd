# docker build -t clawproxy .                          the proxy
# docker build -t clawproxy-demo --target demo-agent . a back end to try it with
#
# The configuration is the global file: mount it at /etc/openclaw/gateway.json. Who starts the container with other files
# or another admin.listen gives the health check the same arguments.
#
# Semantic rules need nothing else: their data is in the program. Tiers of type bert compute with OpenBLAS, which makes
# the image some 50 MB larger: docker build --build-arg ENCODERS=libopenblas0 -t clawproxy .

FROM swift:6.3-bookworm AS build
WORKDIR /src
COPY scripts/setup.sh scripts/setup.sh
RUN scripts/setup.sh run
COPY Package.* ./
RUN swift package resolve
COPY Sources Sources
COPY Tests Tests
# One set of flags for both programs, or the second would compile every module again.
RUN swift build -c release -Xswiftc -enforce-exclusivity=unchecked --static-swift-stdlib --product clawproxy \
    && swift build -c release -Xswiftc -enforce-exclusivity=unchecked --static-swift-stdlib --product demo-agent \
    && mkdir /out \
    && cp "$(swift build -c release --show-bin-path)/clawproxy" "$(swift build -c release --show-bin-path)/demo-agent" /out \
    && strip /out/*

FROM debian:bookworm-slim AS base
ARG ENCODERS=
RUN apt-get update -q \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
        ca-certificates libssl3 libyaml-0-2 libhiredis0.14 libre2-9 zlib1g libstdc++6 ${ENCODERS} \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --create-home --home-dir /home/clawproxy --shell /usr/sbin/nologin clawproxy
USER clawproxy
WORKDIR /home/clawproxy

FROM base AS demo-agent
COPY --from=build /out/demo-agent /usr/local/bin/demo-agent
EXPOSE 9091
# There is no curl here; bash can ask by itself.
HEALTHCHECK --interval=5s --timeout=3s --start-period=5s --retries=3 \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/9091 && printf 'GET /health HTTP/1.0\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200 '"]
ENTRYPOINT ["demo-agent", "--listen", "0.0.0.0:9091"]

FROM base AS proxy
COPY --from=build /out/clawproxy /usr/local/bin/clawproxy
EXPOSE 8080
# Asks the admin listener, which is up when all listeners are.
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s --retries=3 CMD ["clawproxy", "agents", "--json"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["clawproxy", "run"]

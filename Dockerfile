# The gateway as an image: docker build -t lwm2mqtt .
#
# Debian's slim base on purpose: it is the C library that the tests run on. Install scripts stay off: the one that
# matters would only bring a second Node. Nothing that is copied is native code, so the first stages run on the
# building machine whatever the target is.

FROM --platform=$BUILDPLATFORM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY stubs stubs
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY bin bin
COPY config config
COPY src src
RUN npm run build

FROM --platform=$BUILDPLATFORM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24-bookworm-slim
ARG VERSION=dev
ARG REVISION=unknown
LABEL org.opencontainers.image.title="lwm2mqtt" \
      org.opencontainers.image.description="A gateway that bridges LwM2M devices to MQTT brokers" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.base.name="docker.io/library/node:24-bookworm-slim"
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json LICENSE ./
COPY bin bin
COPY config config
COPY mappings mappings

# The image's own user `node`, as a number, so that a cluster can see that it is not root. Everything above belongs
# to root, and nothing below /app is written: the root file system may be read-only.
USER 1000:1000
EXPOSE 5683/udp

# No HEALTHCHECK: there is nothing honest to ask yet. Whether a gateway serves is on MQTT, in the retained
# `{base}/gateway/{gateway}/state`, which the broker itself turns to offline; a process that ends is what a restart
# policy sees.
ENTRYPOINT ["node", "/app/bin/lwm2mqtt.js"]
CMD ["run"]

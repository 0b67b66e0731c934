# The Node of this image builds and runs; the one among the development dependencies stays unset, because installation scripts are off.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json ./
COPY scripts ./scripts
COPY connectors ./connectors
COPY src ./src
RUN node scripts/build.ts

# better-sqlite3 carries its binaries; nothing else has anything to do at installation.
FROM node:24-bookworm-slim AS modules
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund
COPY scripts/inlined-packages.ts scripts/prune-modules.ts ./scripts/
RUN node scripts/prune-modules.ts

# Debian alone and Node's one binary: the image of Node holds npm, yarn and headers besides, which a service has no use for.
FROM debian:bookworm-slim
COPY --from=build /usr/local/bin/node /usr/local/bin/node
WORKDIR /app
COPY --from=modules /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json LICENSE ./
COPY bin ./bin
COPY mappings ./mappings
COPY schemas ./schemas
ENV NODE_ENV=production
# 1000 owns /config and nothing else: the rest of the file system may be read-only, and so may /config where state is on a server.
RUN mkdir /config && chown 1000:1000 /config
USER 1000:1000
WORKDIR /config
VOLUME /config
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 CMD ["node", "/app/bin/healthcheck.js"]
ENTRYPOINT ["node", "/app/bin/capi-sync.js"]
CMD ["start"]

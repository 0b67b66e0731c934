FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY scripts ./scripts
COPY connectors ./connectors
COPY src ./src
# The Node of the image builds; the one among the development dependencies stays unset because scripts are off.
RUN node scripts/build.ts

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# better-sqlite3 carries its binaries; nothing else has anything to do at installation.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund && npm cache clean --force
COPY --from=build /app/dist ./dist
COPY LICENSE ./
COPY bin ./bin
COPY mappings ./mappings
COPY schemas ./schemas
RUN mkdir /config && chown node:node /config
USER node
WORKDIR /config
VOLUME /config
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "/app/bin/capi-sync.js"]
CMD ["--help"]

# The gateway, small and without root. It needs a configuration, as in deploy/compose: one that listens on 0.0.0.0:8080
# and names tenants, or nothing outside the container reaches it. Its page is for the container alone unless it says
# `admin: 0.0.0.0:8081` and has an `adminToken`.
#
#   docker build -t spillway .
#   docker run -v ./spillway.yaml:/etc/spillway/spillway.yaml:ro -v spillway:/var/lib/spillway -p 8080:8080 spillway

FROM node:24-bookworm-slim AS build
WORKDIR /source
COPY . .
RUN npm ci && npm run build
RUN npm pack --ignore-scripts --workspace spillway --workspace @spillway/redis --workspace @spillway/gateway \
      --pack-destination /tmp
WORKDIR /app
RUN npm install --omit=dev --omit=peer --no-audit --no-fund --ignore-scripts /tmp/*.tgz

FROM node:24-bookworm-slim
ENV NODE_ENV=production \
    SPILLWAY_CONFIG=/etc/spillway/spillway.yaml \
    SPILLWAY_DATA_DIR=/var/lib/spillway
RUN mkdir -p /var/lib/spillway && chown node:node /var/lib/spillway
COPY --from=build /app /app
USER node
VOLUME /var/lib/spillway
EXPOSE 8080 8081
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8081/livez').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/node_modules/@spillway/gateway/dist/main.js"]
CMD ["serve"]

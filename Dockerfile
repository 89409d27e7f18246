# The Node that the tests run on; a test holds it equal to the one in package.json.
ARG NODE_VERSION=26.10.0

FROM node:${NODE_VERSION}-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
# Without scripts: they fetch another Node and a PostgreSQL, which only the tests need.
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY src src
COPY console console
# Declarations and maps are for those who write programs, and two fifths of what is installed.
RUN npm run build && npm prune --omit=dev --ignore-scripts \
    && find node_modules -type f -regex '.*\.\(map\|d\.[cm]?ts\)' -delete

FROM node:${NODE_VERSION}-slim
ENV NODE_ENV=production \
    KEYWARD_BIND=0.0.0.0 \
    KEYWARD_DATA_DIR=/data
# Nothing here needs a package manager at run time, and what is not there has no holes.
RUN rm -rf /usr/local/lib/node_modules /opt/yarn-* /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack \
      /usr/local/bin/yarn /usr/local/bin/yarnpkg \
    && install -d -o 1000 -g 1000 -m 0700 /data
WORKDIR /app
COPY package.json LICENSE ./
COPY --from=build /build/node_modules node_modules
COPY --from=build /build/dist dist
COPY scripts/keyward.cjs scripts/run.cjs scripts/
COPY packaging/healthcheck.cjs packaging/
RUN ln -s /app/scripts/keyward.cjs /usr/local/bin/keyward

# By number, so that Kubernetes can see that it is not root. It is the user `node` of the base image.
USER 1000:1000
VOLUME /data
EXPOSE 8787
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "/app/packaging/healthcheck.cjs"]
ENTRYPOINT ["keyward"]
CMD ["serve"]

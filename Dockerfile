# The local API, its reference, and DynamoDB Local in one container: docker compose up
FROM node:24-bookworm-slim
RUN apt-get update \
  && apt-get install --yes --no-install-recommends default-jre-headless \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /service
RUN chown node:node /service
USER node
COPY --chown=node:node package.json package-lock.json .npmrc ./
RUN npm ci && mkdir .local
COPY --chown=node:node . .
ENV HOST=0.0.0.0 DYNAMODB_ENGINE=java
EXPOSE 3000 3001
CMD ["npm", "start"]

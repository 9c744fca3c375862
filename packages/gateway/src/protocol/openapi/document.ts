/**
 * Both listeners as an OpenAPI 3.1 document, made from the tables by which the
 * gateway answers. It is written to `docs/reference/gateway-openapi.json`, and
 * a test asks a running gateway for every answer in it.
 *
 * Source: OpenAPI Specification 3.1.1.
 *
 * Pure; imports `problem` and what else the answers are made of.
 */
import { adminPaths } from './admin-paths.ts'
import { ingestPaths } from './ingest-paths.ts'
import type { Json } from './schema.ts'
import { STATE_SCHEMAS } from './state-schemas.ts'

/** An OpenAPI document. */
export interface OpenApiDocument {
  readonly openapi: '3.1.1'
  readonly info: Json
  readonly servers: readonly Json[]
  readonly paths: Json
  readonly components: { readonly schemas: Json; readonly securitySchemes: Json }
}

/** @param streamChange - the schema of what changes a stream */
export function openApiDocument(version: string, streamChange: Json): OpenApiDocument {
  return {
    openapi: '3.1.1',
    info: {
      title: 'Spillway gateway',
      version,
      summary:
        'Takes events, says 202, 429 or 503 quickly and truthfully, and delivers at the pace of the consumer.',
      description:
        'Two listeners: `listen` takes events, `admin` is for operators. What is asked of another method than those of a path is answered with 405 and `Allow` by the one, with 404 by the other. What is no HTTP request is answered with 400 and ends its connection.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [
      { url: 'http://127.0.0.1:8080', description: 'listen' },
      { url: 'http://127.0.0.1:8081', description: 'admin' },
    ],
    paths: { ...ingestPaths(), ...adminPaths(streamChange) },
    components: {
      schemas: STATE_SCHEMAS,
      securitySchemes: {
        tenantKey: {
          type: 'http',
          scheme: 'bearer',
          description: 'The key of a tenant, where there are tenants.',
        },
        tenantHeader: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'The same key.' },
        adminToken: { type: 'http', scheme: 'bearer', description: 'The adminToken, where there is one.' },
      },
    },
  }
}

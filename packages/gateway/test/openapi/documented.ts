/**
 * Compares answers with an OpenAPI document: the status, the headers that must
 * be there, and the body with its schema.
 */
import { z } from 'zod'
import type { OpenApiDocument } from '../../src/protocol/openapi/document.ts'

/** An answer, read to its end. */
export interface Heard {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

type Json = Readonly<Record<string, unknown>>

interface ResponseObject {
  readonly headers?: Readonly<Record<string, { readonly required?: boolean; readonly schema: Json }>>
  readonly content?: Readonly<Record<string, { readonly schema: Json }>>
}

interface OperationObject {
  readonly operationId: string
  readonly responses: Readonly<Record<string, ResponseObject>>
}

const METHODS = ['get', 'post', 'patch', 'options']

/** The operations of a document, by `METHOD PATH`. */
export class Documented {
  readonly operations: ReadonlyMap<string, OperationObject>
  readonly #schemas: Json

  constructor({ paths, components }: OpenApiDocument) {
    this.#schemas = components.schemas
    this.operations = new Map(
      Object.entries(paths).flatMap(([path, item]) => {
        return METHODS.flatMap((method) => {
          const operation: unknown = Reflect.get(Object(item), method)
          // Of a document that we make ourselves.
          return operation ? [[`${method.toUpperCase()} ${path}`, operation as OperationObject] as const] : []
        })
      }),
    )
  }

  /** `METHOD PATH STATUS` for every answer in the document. */
  answers(): readonly string[] {
    return [...this.operations].flatMap(([operation, { responses }]) => {
      return Object.keys(responses).map((status) => `${operation} ${status}`)
    })
  }

  /** What is wrong with an answer, by the document. */
  faults(operation: string, { status, headers, body }: Heard): readonly string[] {
    const response = this.operations.get(operation)?.responses[String(status)]
    if (!response) return [`${operation}: ${status} is not documented`]
    return [...this.#headerFaults(response, headers), ...this.#bodyFaults(response, headers, body)].map(
      (fault) => `${operation} ${status}: ${fault}`,
    )
  }

  #headerFaults({ headers: documented = {} }: ResponseObject, headers: Heard['headers']): readonly string[] {
    return Object.entries(documented).flatMap(([name, { required = false, schema }]) => {
      const value = headers[name.toLowerCase()]
      if (value === undefined) return required ? [`${name} is missing`] : []
      const read = schema['type'] === 'integer' ? Number(value) : value
      return this.#mismatch(schema, read).map((problem) => `${name}: ${problem}`)
    })
  }

  #bodyFaults({ content }: ResponseObject, headers: Heard['headers'], body: string): readonly string[] {
    if (!content) return body === '' ? [] : ['there is a body']
    const type = String(headers['content-type']).split(';', 1)[0]!
    const media = content[type]
    if (!media) return [`${type} is not documented`]
    return this.#mismatch(media.schema, type.endsWith('json') ? JSON.parse(body) : body)
  }

  #mismatch(schema: Json, value: unknown): readonly string[] {
    const text = JSON.stringify({ ...schema, $defs: this.#schemas })
    const checker = z.fromJSONSchema(JSON.parse(text.replaceAll('#/components/schemas/', '#/$defs/')))
    const { success, error } = checker.safeParse(value)
    return success ? [] : error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  }
}

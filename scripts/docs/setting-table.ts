/**
 * The table of the gateway's settings, made from the schema that validates
 * them, within a page whose prose is written by hand.
 */

/** What a JSON Schema tells about one setting. */
export interface SettingSchema {
  readonly description?: string
  readonly default?: unknown
  readonly const?: unknown
  readonly properties?: Readonly<Record<string, SettingSchema | boolean>>
  readonly additionalProperties?: SettingSchema | boolean
  readonly items?: unknown
  readonly oneOf?: readonly (SettingSchema | boolean)[]
  readonly [more: string]: unknown
}

const HEAD = '| setting | default | unit | option and variable | meaning |\n|---|---|---|---|---|'

/** The page with its table as it should be: everything from the head of the table to the end of its rows. */
export function withSettingTable(page: string, schema: SettingSchema): string {
  const table = `${HEAD}\n${settingRows(schema, '').join('\n')}\n`
  return page.replace(/^\| setting \|[^\n]*\n(\|[^\n]*\n)*/m, () => table)
}

/** A row for each setting below `schema`, in the order of the table. */
export function settingRows(schema: SettingSchema, path: string): readonly string[] {
  const variants = schema.oneOf?.filter(isSchema) ?? [schema]
  const below = variants.flatMap((variant) => [
    ...Object.entries(variant.properties ?? {}).flatMap(([key, child]) => {
      return isSchema(child) ? settingRows(child, path === '' ? key : `${path}.${key}`) : []
    }),
    ...(isSchema(variant.additionalProperties)
      ? settingRows(variant.additionalProperties, `${path}.NAME`)
      : []),
    ...(isSchema(variant.items) && variant.items.properties ? settingRows(variant.items, `${path}[]`) : []),
  ])
  return path === '' || path.endsWith('NAME') || path.endsWith('[]') ? below : [rowOf(schema, path), ...below]
}

function rowOf(
  { flag, env, unit, description, default: value, const: only }: SettingSchema,
  path: string,
): string {
  const changed = typeof flag === 'string' ? `\`${flag}\` \`${String(env)}\`` : ''
  const key = only === undefined ? path : `${path}: ${String(only)}`
  const byDefault = value === undefined || typeof value === 'object' ? '' : `\`${String(value)}\``
  return `| \`${key}\` | ${byDefault} | ${unit ?? ''} | ${changed} | ${description ?? ''} |`
}

function isSchema(value: unknown): value is SettingSchema {
  return typeof value === 'object' && value !== null
}

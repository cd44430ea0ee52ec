import type { Json } from './format.ts'

/** What a form can ask of a request, whatever the framework. */
export interface RequestView {
  readonly method: string
  /** The whole path, without the query. */
  readonly path: string
  readonly remoteAddress: string
  header(name: string): string | undefined
  pathParam(name: string): string | undefined
}

/** What a form can ask of a response, whatever the framework. */
export interface ResponseView {
  readonly status: number
  header(name: string): string | undefined
}

type Fields = { readonly [field: string]: Json | undefined }
type Value = string | number | undefined

/** The function a value form stands for; undefined is "returns nothing". `endpoint` is there for scopes only. */
export function valueOf(form: Json): (request: RequestView, endpoint?: string) => Value {
  if (form === null) return () => undefined
  if (typeof form === 'string' || typeof form === 'number') return () => form
  const fields = fieldsOf(form, 'value')
  if ('header' in fields) return headerValue(fields)
  if ('const' in fields) return () => scalar(fields['const'])
  if ('pathParam' in fields) return (request) => request.pathParam(text(fields['pathParam']))
  if ('remoteAddress' in fields) return (request) => request.remoteAddress
  if ('method' in fields) return (request) => request.method
  if ('routeName' in fields) return (_request, endpoint) => endpoint
  if ('raise' in fields) return raising(fields)
  if (Array.isArray(fields['concat'])) {
    const parts = (fields['concat'] as Json[]).map(valueOf)
    const separator = text(fields['sep'] ?? '')
    return (request, endpoint) => parts.map((part) => part(request, endpoint) ?? '').join(separator)
  }
  throw unknownForm('value', form)
}

/** The function a condition on the request stands for. */
export function conditionOf(form: Json): (request: RequestView) => boolean {
  const fields = fieldsOf(form, 'condition')
  if ('header' in fields) {
    const name = text(fields['header'])
    if (!('equals' in fields)) return (request) => request.header(name) !== undefined
    return (request) => request.header(name) === fields['equals']
  }
  if ('method' in fields) return (request) => request.method === fields['method']
  if ('path' in fields) return (request) => request.path === fields['path']
  if ('const' in fields) return () => fields['const'] === true
  if ('raise' in fields) return raising(fields)
  if ('not' in fields) {
    const condition = conditionOf(fields['not'] ?? null)
    return (request) => !condition(request)
  }
  throw unknownForm('condition', form)
}

/** The function a `deductWhen` form stands for. */
export function deductionOf(form: Json): (response: ResponseView) => boolean {
  const fields = fieldsOf(form, 'deductWhen')
  if ('status' in fields) return (response) => response.status === fields['status']
  if ('statusNot' in fields) return (response) => response.status !== fields['statusNot']
  if ('statusAtLeast' in fields) return (response) => response.status >= Number(fields['statusAtLeast'])
  if ('responseHeader' in fields)
    return (response) => response.header(text(fields['responseHeader'])) === fields['equals']
  if ('const' in fields) return () => fields['const'] === true
  if ('raise' in fields) return raising(fields)
  throw unknownForm('deductWhen', form)
}

/** What a breach form does, taken apart. */
export interface BreachForm {
  readonly label: string
  readonly raise?: string
  readonly respond?: {
    readonly status?: number
    readonly body: string
    readonly headers: Readonly<Record<string, string>>
  }
}

/** Reads an `onBreach` form. */
export function breachOf(form: Json): BreachForm {
  const { label, raise, respond } = fieldsOf(form, 'onBreach')
  if (raise !== undefined) return { label: text(label), raise: text(raise) }
  if (respond === undefined) return { label: text(label) }
  const { status, body, headers } = fieldsOf(respond, 'respond')
  const response = { body: text(body ?? ''), headers: (headers ?? {}) as Record<string, string> }
  return { label: text(label), respond: status === undefined ? response : { ...response, status: Number(status) } }
}

/** The same text for equal forms, whatever the order of their fields. */
export function canonical(form: unknown): string {
  return JSON.stringify(form, (_name, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  )
}

function headerValue(fields: Fields): (request: RequestView) => Value {
  const name = text(fields['header'])
  const fallback = fields['default'] ?? undefined
  const map = fields['map'] === undefined ? undefined : fieldsOf(fields['map'] ?? null, 'map')
  return (request) => {
    const given = request.header(name)
    const found = map ? (given === undefined ? undefined : map[given]) : given
    const value = scalar(found ?? fallback)
    return fields['asInt'] === true && value !== undefined ? integer(value) : value
  }
}

/** What Python's `int` reads of a text; it fails on anything else. */
function integer(value: string | number): number {
  if (typeof value === 'string' && !/^\s*[+-]?\d+\s*$/.test(value))
    throw new Error(`not an integer: ${JSON.stringify(value)}`)
  return Number(value)
}

function raising(fields: Fields): () => never {
  return () => {
    throw new Error(text(fields['raise']))
  }
}

function fieldsOf(form: Json, kind: string): Fields {
  if (typeof form !== 'object' || form === null || Array.isArray(form)) throw unknownForm(kind, form)
  return form as Fields
}

function scalar(value: Json | undefined): Value {
  if (value === undefined || typeof value === 'string' || typeof value === 'number') return value
  throw unknownForm('value', value)
}

function text(value: Json | undefined): string {
  if (typeof value !== 'string') throw unknownForm('text', value)
  return value
}

function unknownForm(kind: string, form: unknown): Error {
  return new Error(`the corpus has a ${kind} that this runner does not know: ${JSON.stringify(form)}`)
}

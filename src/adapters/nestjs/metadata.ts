/** What is used of reflect-metadata, which every Nest app loads. */
interface Metadata {
  defineMetadata(key: string, value: unknown, target: object): void
  getMetadata(key: string, target: object): unknown
  getOwnMetadata(key: string, target: object): unknown
}

/** What Nest keeps under the names that its decorators use, the same in Nest 10 to 12. */
export const NEST = {
  version: '__version__',
  host: 'host',
  method: 'method',
  path: 'path',
  sse: '__sse__',
  guards: '__guards__',
  paramTypes: 'design:paramtypes',
  injectedParams: 'self:paramtypes',
  injectedProperties: 'self:properties_metadata',
  message: 'message',
  gateway: 'websockets:gateway_options',
  pattern: 'microservices:pattern',
} as const

/** Where decorators write. Whatever can be decorated has loaded it: `@nestjs/common` does. */
export function metadata(): Metadata {
  return Reflect
}

/** What a decorator of Nest wrote on a class or a function; undefined where it did not. */
export function readMetadata<T>(key: string, target: object): T | undefined {
  return metadata().getMetadata(key, target) as T | undefined
}

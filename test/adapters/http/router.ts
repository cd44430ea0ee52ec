import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Listener } from '../../../src/adapters/http/index.ts'
import type { LimitedRoute } from '../limited-handlers.ts'

const params = new WeakMap<IncomingMessage, Readonly<Record<string, string>>>()

/** A parameter of the pattern that a request has matched. */
export function paramOf(request: IncomingMessage, name: string): string | undefined {
  return params.get(request)?.[name]
}

/** The path of a request, without the query. */
export function pathOf(request: IncomingMessage): string {
  return (request.url ?? '').split('?')[0]!
}

/** The first route with the path and the method answers; HEAD is answered by what answers GET. */
export function routed(routes: readonly LimitedRoute<Listener>[], notFound: Listener): Listener {
  const all = routes.map((route) => ({
    ...route,
    path: new RegExp(`^${route.pattern.replaceAll('|', '\\|').replaceAll(/:(\w+)/g, '(?<$1>[^/]+)')}$`),
  }))
  return (request: IncomingMessage, response: ServerResponse) => {
    const method = request.method === 'HEAD' ? 'GET' : request.method!
    for (const { methods, path, handler } of all) {
      const found = methods.includes(method) ? path.exec(decodeURIComponent(pathOf(request))) : undefined
      if (!found) continue
      params.set(request, { ...found.groups })
      return handler(request, response)
    }
    return notFound(request, response)
  }
}

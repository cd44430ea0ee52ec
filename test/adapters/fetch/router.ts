import type { LimitedRoute } from '../limited-handlers.ts'

/** What turns a `Request` into a `Response`. `Info` is what its server knows beside. */
export type Fetch<Info> = (request: Request, info: Info) => Response | Promise<Response>

const params = new WeakMap<Request, Readonly<Record<string, string>>>()

/** A parameter of the pattern that a request has matched. */
export function paramOf(request: Request, name: string): string | undefined {
  return params.get(request)?.[name]
}

/** The first route with the path and the method answers; HEAD is answered by what answers GET. */
export function routed<Info>(routes: readonly LimitedRoute<Fetch<Info>>[], notFound: Fetch<Info>): Fetch<Info> {
  const all = routes.map((route) => ({
    ...route,
    path: new RegExp(`^${route.pattern.replaceAll(/:(\w+)/g, '(?<$1>[^/]+)')}$`),
  }))
  return (request, info) => {
    const { pathname } = new URL(request.url)
    const method = request.method === 'HEAD' ? 'GET' : request.method
    for (const { methods, path, handler } of all) {
      const found = methods.includes(method) ? path.exec(pathname) : undefined
      if (!found) continue
      params.set(request, { ...found.groups })
      return handler(request, info)
    }
    return notFound(request, info)
  }
}

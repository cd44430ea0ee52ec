import type { IncomingMessage } from 'node:http'
import type { Context, Hono, MiddlewareHandler } from 'hono'
import { createLimiter, type HonoLimiter, remoteAddress } from '../src/adapters/hono/index.ts'
import { listenerOf, type Version } from '../test/adapters/hono/versions.ts'
import type { App, ConformanceAdapter, Stage } from './adapter.ts'
import { Declarations } from './declarations.ts'
import type { RequestView } from './forms.ts'
import type { GroupSpec, RouteSpec, Scenario } from './format.ts'
import { LocalServer } from './local-server.ts'
import { attachmentOf, exemptionOf, hasIpv6Addresses, needsRouteNames, routeNameOf, routesInOrder } from './scenario.ts'
import { ScenarioParts } from './scenario-parts.ts'

/** Plays scenarios on Hono: groups are sub-apps, limits and exemptions are middleware. */
export function honoAdapter({ alias, Hono }: Version): ConformanceAdapter {
  return {
    name: alias,
    wrongMethodStatus: 404,
    build: async (scenario, stage) => new HonoBuilder(Hono, scenario, stage).build(),
  }
}

class HonoBuilder {
  readonly #create: typeof Hono
  readonly #scenario: Scenario
  readonly #declarations: Declarations<Context, Response>
  readonly #parts: ScenarioParts<Context, Response, HonoLimiter>
  readonly #routeNames = new Map<string, string>()
  #context: Context | undefined

  constructor(create: typeof Hono, scenario: Scenario, stage: Stage) {
    this.#create = create
    this.#scenario = scenario
    this.#declarations = new Declarations<Context, Response>({
      stage,
      remoteAddress: hasIpv6Addresses(scenario) ? (context) => viewRequest(context).remoteAddress : remoteAddress,
      viewRequest,
      viewResponse: ({ status, headers }) => ({ status, header: (name) => headers.get(name) ?? undefined }),
      request: () => this.#context!,
    })
    const requestIdentifier = ({ req }: Context): string => this.#routeNames.get(req.routePath) ?? ''
    this.#parts = new ScenarioParts(scenario, this.#declarations, viewRequest, (options) =>
      createLimiter(needsRouteNames(scenario) ? { requestIdentifier, ...options } : options),
    )
  }

  async build(): Promise<App> {
    const app = new this.#create()
    app.onError((error, context) => {
      if ('getResponse' in error) return (error as { getResponse(): Response }).getResponse()
      return context.text('Internal Server Error', 500)
    })
    app.use(async (context, next) => {
      this.#context = context
      return next()
    })
    for (const limiter of this.#parts.limiters.values()) limiter.init(app)
    const groups = this.#scenario.groups ?? []
    for (const route of routesInOrder(this.#scenario)) if (route.group === undefined) this.#addRoute(app, route, '')
    for (const group of groups) if (group.parent === undefined) this.#addGroup(app, group, '')
    // What the recorded program answers by itself.
    app.use(async (context, next) => (context.req.method === 'OPTIONS' ? context.body(null, 200) : next()))
    const server = await LocalServer.start((incoming, outgoing) => {
      listenerOf(app)(withoutForeignLetters(incoming), outgoing)
    })
    return {
      request: async (step) => server.request(step),
      current: () => this.#parts.current(this.#context!),
      reset: async () => this.#parts.reset(),
      close: async () => server.close(),
    }
  }

  #addGroup(parent: Hono, group: GroupSpec, around: string): void {
    const subApp = new this.#create()
    for (const limit of group.limits ?? []) {
      const { spec } = attachmentOf(this.#scenario, limit)
      this.#parts.limiterOf(limit).group(subApp, [this.#declarations.limitObject(spec)])
    }
    if (group.exempt !== undefined) {
      const { limiter, scopes } = exemptionOf(group.exempt)
      this.#parts.limiter(limiter).exempt(subApp, scopes)
    }
    const prefix = around + group.prefix
    for (const route of routesInOrder(this.#scenario)) {
      if (route.group === idOf(group)) this.#addRoute(subApp, route, prefix)
    }
    for (const inner of this.#scenario.groups ?? []) {
      if (inner.parent === idOf(group)) this.#addGroup(subApp, inner, prefix)
    }
    parent.route(group.prefix, subApp)
  }

  #addRoute(app: Hono, route: RouteSpec, prefix: string): void {
    const middleware: MiddlewareHandler[] = (route.limits ?? []).map((limit) => this.#parts.limit(limit))
    if (route.exempt !== undefined) {
      const { limiter, scopes } = exemptionOf(route.exempt)
      middleware.push(this.#parts.limiter(limiter).exempt(scopes))
    }
    const handler = this.#parts.handler(route)
    this.#routeNames.set(prefix + route.path, routeNameOf(route))
    app.on([...(route.methods ?? ['GET'])], [route.path], ...middleware, async (context: Context) => {
      const { status, headers, body } = await handler(context)
      return status === 204
        ? context.body(null, 204, { ...headers })
        : context.text(body, status as 200, { ...headers })
    })
  }
}

function idOf(group: GroupSpec): string {
  return group.id ?? group.name
}

/** Headers as the recorded program saw them: those of a `Request` hold no letters beyond Latin-1, and no outer spaces. */
function viewRequest({ req, env }: Context): RequestView {
  const { incoming } = env as { incoming: IncomingMessage }
  return {
    method: req.method,
    path: req.path,
    remoteAddress: incoming.socket.remoteAddress ?? '',
    header: (name) => incoming.headers[name.toLowerCase()]?.toString(),
    pathParam: (name) => req.param(name),
  }
}

function withoutForeignLetters(incoming: IncomingMessage): IncomingMessage {
  for (const [index, text] of incoming.rawHeaders.entries()) {
    incoming.rawHeaders[index] = text.replaceAll(/[\u0100-\uffff]/g, '?')
  }
  return incoming
}

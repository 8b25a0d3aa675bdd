import Cache
import Settings
import Testing

/// A section out of JSON5, and what there is to say about it as `severity path: message`.
private func read<S: Section>(_ type: S.Type, _ text: String) throws -> (value: S, problems: [String]) {
    var reading = Reading()
    let node = try JSONReader.read(Array(text.utf8), source: "test.json", dialect: .json5)
    let value = S.decode(node, &reading)
    return (value, reading.problems.map { "\($0.severity) \($0.path): \($0.message)" })
}

@Suite("settings of the cache")
struct CacheSettingsTests {
    @Test("nothing is kept unless a layer is named")
    func defaults() throws {
        let (value, problems) = try read(CacheSettings.self, "{}")
        #expect(problems.isEmpty && value == CacheSettings() && value.stores.isEmpty)
        #expect(
            value.collapse.enabled && value.collapse.wait == .seconds(5) && value.collapse.remember == .seconds(120))
        #expect(!value.shadow && !value.collapse.lease && value.purge.allow.isEmpty && value.defaultTTL == nil)
    }

    @Test("the owner's layers are read as they stand")
    func owners() throws {
        let (value, problems) = try read(
            CacheSettings.self,
            """
            {layers: [{name: 'L1-memory', type: 'memory', maxSize: 1000, ttl: '5m', keyPattern: ['agent:response:*']},
               {name: 'L2-redis', type: 'redis', endpoint: 'redis://10.0.2.10:6379', password: 'p', db: 0, ttl: '30m',
                keyPattern: ['agent:*']}],
             defaultTTL: '10m', cacheControl: {enabled: true, maxAge: 300}}
            """)
        #expect(problems.isEmpty, "\(problems)")
        #expect(value.defaultTTL == .seconds(600) && value.cacheControl.maxAge == .seconds(300))
        let (memory, redis) = (value.stores[0], value.stores[1])
        #expect(memory.mostEntries == 1000 && memory.mostBytes == 256 << 20 && memory.maxObject.bytes == 1 << 20)
        #expect(memory.ttl == .seconds(300) && memory.takes("agent:response:chat:-:0".utf8) && !memory.takes("x".utf8))
        #expect(
            redis.redis.database == 0 && redis.redis.secret == Secret("p") && redis.redis.timeout == .milliseconds(20))
    }

    @Test("the owner's cache of requests is a layer on the disk that takes them alone")
    func ownersRequests() throws {
        let (value, problems) = try read(
            CacheSettings.self,
            """
            {request_cache: {enabled: true, backend: 'file', directory: '~/.openclaw/cache/requests', ttl_seconds: 3600,
               max_size_mb: 500, hash_strategy: 'semantic', similarity_threshold: 0.95}}
            """)
        #expect(problems.isEmpty, "\(problems)")
        let store = try #require(value.stores.first)
        #expect(value.stores.count == 1 && store.type == .disk && store.isForRequests)
        #expect(store.mostBytes == 500_000_000 && store.ttl == .seconds(3600))
        #expect(store.directory == "~/.openclaw/cache/requests" && store.name == RequestCacheSettings.layerName)
    }

    @Test("a bare maxSize is entries, one with a unit is bytes")
    func sizes() throws {
        let entries = try read(CacheLayerSettings.self, "{type: 'memory', maxSize: 5000}").value
        #expect(entries.mostEntries == 5000 && entries.mostBytes == 256 << 20)
        let bytes = try read(CacheLayerSettings.self, "{type: 'memory', maxSize: '2GB'}").value
        #expect(bytes.mostEntries == .max && bytes.mostBytes == 2_000_000_000)
        let both = try read(CacheLayerSettings.self, "{type: 'memory', maxSize: 10, maxBytes: '1MiB'}")
        #expect(both.problems.isEmpty && both.value.mostEntries == 10 && both.value.mostBytes == 1 << 20)
    }

    @Test(
        "what cannot be, or has no effect, is told at its place",
        arguments: [
            ("{layers: [{name: 'a'}]}", "error layers[0].type: is missing"),
            ("{layers: [{type: 'tape'}]}", "error layers[0].type: no type of layer 'tape'"),
            ("{layers: [{type: 'redis'}]}", "error layers[0].endpoint: is missing"),
            ("{layers: [{type: 'file'}]}", "error layers[0].directory: is missing"),
            ("{layers: [{type: 'disk', directory: 'x'}]}", "error layers[0].directory: expected a directory"),
            ("{layers: [{type: 'memory', directory: '/x'}]}", "warning layers[0].directory: has no effect"),
            (
                "{layers: [{type: 'memory', maxSize: '1MB', maxBytes: '2MB'}]}",
                "error layers[0].maxBytes: stands beside"
            ),
            (
                "{layers: [{type: 'memory', keyPattern: 'chat:*'}]}",
                "warning layers[0].keyPattern: 'chat:*' takes nothing"
            ),
            (
                "{layers: [{type: 'memory', name: 'a'}, {type: 'memory', name: 'a'}]}",
                "error layers[1].name: 'a' is the name of another layer"
            ),
            ("{layers: [{type: 'memory'}, {type: 'memory', name: 'L1-memory'}]}", "error layers[1].name: 'L1-memory'"),
            ("{negative: {'500': '1s'}}", "error negative: expected a status of 404"),
            ("{negative: {'404': '0s'}}", "error negative: expected at least 1s for 404"),
            ("{requestCache: {enabled: true, backend: 'redis'}}", "error requestCache.backend: names no Redis"),
            ("{requestCache: {ignore: ['model']}}", "error requestCache.ignore: 'model' decides"),
            ("{purge: {allow: ['10.0.0.1/8']}}", "error purge.allow[0]: '10.0.0.1/8' has bits set"),
            ("{warm: {urls: ['/x']}}", "error warm.urls[0]: expected an address"),
            ("{targeted: {emit: 'x-control'}}", "error targeted.emit: no field 'x-control'"),
            ("{defaultTTL: 60}", "error defaultTTL: expected a duration"),
        ])
    func problems(text: String, wanted: String) throws {
        let problems = try read(CacheSettings.self, text).problems
        #expect(problems.count == 1 && problems.first?.hasPrefix(wanted) == true, "\(problems)")
    }

    @Test("off means off, whatever layers there are")
    func off() throws {
        #expect(try read(CacheSettings.self, "{enabled: false, layers: [{type: 'memory'}]}").value.stores.isEmpty)
    }

    @Test("layers without a name are called by place and type; requests in Redis go to that of the layers")
    func names() throws {
        let value = try read(
            CacheSettings.self,
            "{layers: [{type: 'memory'}, {type: 'redis', endpoint: 'redis://r'}], "
                + "requestCache: {enabled: true, backend: 'redis'}}"
        ).value
        #expect(value.stores.map(\.name) == ["L1-memory", "L2-redis", "requests"])
        #expect(value.stores[2].redis == value.stores[1].redis && value.stores[2].isForRequests)
    }

    @Test("lifetimes of errors are seconds by status")
    func negative() throws {
        let value = try read(CacheSettings.self, "{negative: {'404': '10s', '410': '1h'}}").value
        #expect(value.negativeLifetimes == [404: 10, 410: 3600])
    }
}

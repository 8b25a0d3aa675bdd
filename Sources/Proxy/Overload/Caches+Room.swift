internal import Cache
internal import Settings

/// Layers in memory while memory is short.
extension Caches {
    /// A quarter of what is kept leaves, and no more than the rest is kept for now.
    func shrink() {
        for memory in layers.memories {
            let settings = memory.settings
            memory.store.resize(
                maxEntries: settings.mostEntries, maxBytes: min(settings.mostBytes, memory.store.figures.bytes / 4 * 3),
                maxObject: settings.maxObject.bytes)
        }
    }

    /// As the configuration has it.
    func restore() {
        for memory in layers.memories {
            let settings = memory.settings
            memory.store.resize(
                maxEntries: settings.mostEntries, maxBytes: settings.mostBytes, maxObject: settings.maxObject.bytes)
        }
    }
}

internal import CSemanticTable

/// The tables that the program carries, opened when they are first needed (about 10 ms).
enum BuiltInTable {
    static let pieces: StaticTable? = {
        var count = 0
        let start = clawproxy_semantic_table(&count)
        return StaticTable(UnsafeRawBufferPointer(start: start, count: count))
    }()

    static let words: ChineseWords? = {
        var count = 0
        let start = clawproxy_semantic_words(&count)
        return ChineseWords(UnsafeRawBufferPointer(start: start, count: count))
    }()
}

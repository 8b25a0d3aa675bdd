@testable import Proxy
import Testing

@Suite("vectors in answers of embeddings endpoints")
struct EmbeddingsReaderTests {
    private func read(_ text: String, count: Int) -> Result<[[Float]], EmbeddingsFault> {
        do throws(EmbeddingsFault) {
            return .success(try EmbeddingsReader.vectors(in: Array(text.utf8), count: count))
        } catch {
            return .failure(error)
        }
    }

    @Test(
        "are read as numbers and as base64, in the order of `index`",
        arguments: [
            #"{"data":[{"index":1,"embedding":[3,-4.5e0]},{"embedding":[1,0.25],"index":0}]}"#,
            #"{"data":[{"index":1,"embedding":"AABAQAAAkMA="},{"index":0,"embedding":"AACAPwAAgD4="}]}"#,
            #"{"data":[{"embedding":[1,0.25]},{"embedding":[3,-4.5]}]}"#,
            #" { "x" : { "a\"]" : [ 1, {} ] }, "data" : [ { "index" : 0, "#
                + #""embedding" : [ 1 , 2.5e-1 ], "o" : null } , {"index":1,"embedding":"AABAQAAAkMA"} ] , "u": 1 } "#,
        ])
    func vectors(_ text: String) {
        #expect(read(text, count: 2) == .success([[1, 0.25], [3, -4.5]]))
    }

    @Test(
        "what is no such answer is a failure",
        arguments: [
            "", "[]", "{", "{}", "null", #"{"data":{}}"#, #"{"data":[]}"#, #"{"data":[{"index":0}]}"#,
            #"{"data":[{"index":0,"embedding":[]}]}"#, #"{"data":[{"index":0,"embedding":[1,]}]}"#,
            #"{"data":[{"index":1,"embedding":[1]}]}"#, #"{"data":[{"index":-1,"embedding":[1]}]}"#,
            #"{"data":[{"index":0.5,"embedding":[1]}]}"#, #"{"data":[{"index":1e30,"embedding":[1]}]}"#,
            #"{"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}]}"#,
            #"{"data":[{"index":0,"embedding":[1e99]}]}"#, #"{"data":[{"index":0,"embedding":[nan]}]}"#,
            #"{"data":[{"index":0,"embedding":"AACAPw"#, #"{"data":[{"index":0,"embedding":"AACA"}]}"#,
            #"{"data":[{"index":0,"embedding":"!!!!!!!="}]}"#, #"{"data":[{"index":0,"embedding":[1]}]"#,
            #"{"a":"\"#, #"{"a":[[[}"#, #"{"data":[{"index":0,"embedding":[1]},5]}"#,
        ])
    func damaged(_ text: String) {
        if case .success(let vectors) = read(text, count: 1) { Issue.record("found \(vectors)") }
    }

    @Test("no beginning of an answer is taken for the whole")
    func beginnings() {
        let whole =
            #"{"a":{"b":["c\\",1]},"data":[{"index":0,"embedding":[1,2]},{"index":1,"embedding":"AACAPwAAAEA="}]}"#
        #expect(read(whole, count: 2) == .success([[1, 2], [1, 2]]))
        for end in 0..<whole.utf8.count {
            let part = String(decoding: whole.utf8.prefix(end), as: UTF8.self)
            if case .success = read(part, count: 2) { Issue.record("taken: \(part)") }
        }
    }
}

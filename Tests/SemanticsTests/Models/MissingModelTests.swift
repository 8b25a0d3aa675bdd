import Semantics
import Testing

@Suite("answers that say that a model is not there")
struct MissingModelTests {
    @Test(
        "are told from other errors by what they say",
        arguments: [
            (404, #"{"error":{"message":"The model `x` does not exist","code":"model_not_found"}}"#, true),
            (404, #"{"type":"error","error":{"type":"not_found_error","message":"model: x"}}"#, true),
            (404, #"  {"error":"model 'x' not found, try pulling it first"}"#, true),
            (404, #"{"object":"error","message":"The model `x` does not exist.","code":404}"#, true),
            (400, #"{"error":{"message":"Model Not Exist","type":"invalid_request_error"}}"#, true),
            (400, #"{"object":"error","message":"Invalid model: x","type":"invalid_model"}"#, true),
            (404, #"{"error":{"message":"Response with id 'resp_1' not found.","type":"invalid"}}"#, false),
            (404, #"{"detail":"Not Found"}"#, false),
            (404, "<html><title>model not found</title></html>", false),
            (404, "", false),
            (400, #"{"error":{"message":"This model's maximum context is 8192; a file was not found"}}"#, false),
            (403, #"{"error":{"code":"model_not_found"}}"#, false),
            (503, #"{"error":{"code":"model_not_found"}}"#, false),
        ])
    func told(_ status: Int, _ body: String, _ isMissing: Bool) {
        let found = Array(body.utf8).withUnsafeBytes { MissingModel.isTold(status: status, body: $0) }
        #expect(found == isMissing)
    }

    @Test("only the beginning is looked at")
    func bounded() {
        let body = Array(("{" + String(repeating: " ", count: MissingModel.most) + "model_not_found}").utf8)
        #expect(!body.withUnsafeBytes { MissingModel.isTold(status: 404, body: $0) })
    }
}

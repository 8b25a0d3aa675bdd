import Semantics
import Testing

@Suite("the language of a text")
struct LanguageTests {
    static func language(_ text: String) -> Language { Array(text.utf8).withUnsafeBytes { Language.of($0) } }

    @Test(
        "goes by script and by common words",
        arguments: [
            ("请帮我写一首关于春天的诗", Language.zh), ("請幫我寫一首關於春天的詩", .zh), ("春についての詩を書いてください", .ja),
            ("コーヒーの作り方を教えて", .ja), ("봄에 관한 시를 써 주세요", .ko), ("Write a poem about spring, please", .en),
            ("Schreibe bitte ein Gedicht über den Frühling", .de),
            ("Écris un poème sur le printemps, s'il te plaît", .fr),
            ("Escribe un poema sobre la primavera, por favor", .es),
            ("Escreva um poema sobre a primavera para mim", .pt),
            ("Scrivi una poesia sulla primavera, per favore", .it), ("Schrijf een gedicht over de lente voor mij", .nl),
            ("Napisz wiersz o wiośnie, proszę, i to szybko", .pl), ("Bana bahar hakkında bir şiir yaz lütfen", .tr),
            ("Hãy viết cho tôi một bài thơ về mùa xuân", .vi),
            ("Tolong tulis puisi tentang musim semi untuk saya", .id),
            ("Skriv en dikt om våren för mig, tack", .sv), ("Napiš mi prosím báseň o jaru, ve které je slunce", .cs),
            ("Kirjoita runo keväästä ja selitä se minulle", .fi), ("Írj egy verset a tavaszról, kérem", .hu),
            ("Scrie o poezie despre primăvară și explică", .ro),
            ("Напиши стихотворение о весне, чтобы мы запомнили это", .ru),
            ("Напиши вірш про весну і поясни його", .uk),
            ("Напиши стихотворение за пролетта, за да го запомним, ъгъл", .bg),
            ("اكتب قصيدة عن الربيع", .ar), ("یک شعر درباره بهار بنویس", .fa), ("כתוב שיר על האביב", .he),
            ("वसंत पर एक कविता लिखो", .hi),
            ("เขียนบทกวีเกี่ยวกับฤดูใบไม้ผลิ", .th), ("Γράψε ένα ποίημα για την άνοιξη", .el),
            ("", .unknown), ("123 + 456 = ?", .unknown), ("😀😀", .unknown),
        ])
    func told(_ text: String, _ language: Language) { #expect(Self.language(text) == language) }

    @Test(
        "code and names in a text do not change its language",
        arguments: [
            ("请解释这段代码：\n```swift\nfunc collect(_ values: [Int]) -> Int { values.reduce(0, +) }\n```", Language.zh),
            ("用 Python 写一个函数 read_lines(path)，返回列表", .zh),
            ("帮我在 Kubernetes 里部署 Redis", .zh),
            ("このコードを説明してください: `let total = items.reduce(0, +)`", .ja),
            ("Translate 你好 to English and tell me how it is used in a sentence", .en),
            ("日本の東京都庁の展望台はどこですか", .ja),
            ("What does the function parse_header(line) do?", .en),
        ])
    func mixed(_ text: String, _ language: Language) { #expect(Self.language(text) == language) }

    @Test("no bytes break it", arguments: 0..<32 as Range<UInt64>)
    func anyBytes(seed: UInt64) {
        var random = SplitMix(state: seed)
        let bytes = (0..<300).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        let first = bytes.withUnsafeBytes { Language.of($0) }
        #expect(bytes.withUnsafeBytes { Language.of($0) } == first)
        #expect(bytes.prefix(1).withUnsafeBytes { Language.of(UnsafeRawBufferPointer(rebasing: $0[..<1])) } != .zh)
    }
}

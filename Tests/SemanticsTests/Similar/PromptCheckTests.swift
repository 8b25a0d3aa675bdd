import Testing

@testable import Semantics

@Suite("The second check")
struct PromptCheckTests {
    private func agree(_ one: String, _ other: String) -> Bool {
        let facts = [one, other].map { Array($0.utf8).withUnsafeBytes { PromptFacts($0) } }
        return PromptCheck.agree(facts[0], facts[1])
    }

    @Test(
        "Takes two prompts for the same that differ in form alone",
        arguments: [
            ("How do I reset my password?", "how can i reset my password"),
            ("Please list the planets", "Can you list the planets?"),
            ("What is the capital of Peru?", "What is Peru's capital?"),
            ("In Python, how do I sort a list?", "How do I sort a list in Python?"),
            ("Give me three ideas for dinner", "Give me 3 ideas for dinner"),
            ("How many grams are in 1,000 ounces?", "How many grams are in 1000 ounces?"),
            ("Compare tea and coffee", "What is the difference between coffee and tea?"),
            ("请问怎么做蛋糕？", "如何制作蛋糕"), ("绿茶怎么泡？", "怎么泡绿茶？"), ("五个苹果多少钱", "5个苹果多少钱？"),
            ("他有没有迟到？", "他是否迟到？"), ("Ｐｙｔｈｏｎ怎么安装？", "如何安装Python？"),
        ])
    func same(one: String, other: String) {
        #expect(agree(one, other) && agree(other, one))
    }

    @Test(
        "Tells two prompts apart by one detail",
        arguments: [
            ("Wait 5 minutes", "Wait 6 minutes"), ("Wait 5 minutes", "Wait 5 hours"), ("Wait five minutes", "Wait 6 minutes"),
            ("Is it on?", "Is it not on?"), ("Ask Anna about it", "Ask Emma about it"), ("open file a.txt", "open file b.txt"),
            ("from Rome to Oslo by car", "from Oslo to Rome by car"), ("is a square a rectangle", "is a rectangle a square"),
            ("Who beat Alice?", "Who did Alice beat?"), ("Rome defeated Carthage?", "Carthage defeated Rome?"),
            ("Who will win the cup?", "Who won the cup?"), ("When did it begin?", "Where did it begin?"),
            ("say \"to be\" in Latin", "say \"to do\" in Latin"), ("fix: let x = 1", "fix: let x = 2"),
            ("translate: I am here", "translate: You are here"), ("Translate he sings", "Translate she sings"),
            ("careful driving", "careless driving"), ("how to put milk in coffee", "how to put coffee in milk"),
            ("how to cook rice but not pasta", "how to cook pasta but not rice"),
            ("soup with beans without corn", "soup with corn without beans"),
            ("did Rome beat Pisa in both wars", "did Pisa beat Rome in both wars"), ("encrypt a disk", "decrypt a disk"), ("write a for loop", "write a while loop"),
            ("price in $", "price in €"), ("x < 3", "x > 3"), ("What should I drink?", "What can I drink?"),
            ("明天去", "明天不去"), ("北京天气", "南京天气"), ("他比她高", "她比他高"), ("三天", "四天"), ("最大值", "最小值"),
            ("谁打败了小明", "小明打败了谁"), ("为什么下雨", "什么时候下雨"), ("删除文件", "删除文件夹"),
        ])
    func different(one: String, other: String) {
        #expect(!agree(one, other) && !agree(other, one))
    }

    @Test("Says no where there is nothing to go by, or too much")
    func limits() {
        #expect(!agree("please", "please"))
        let long = (0..<200).map { "w\($0)" }.joined(separator: " ")
        #expect(!agree(long, long))
    }

    @Test("Reads any bytes in bounded time")
    func anyBytes() {
        var random = SplitMix64(seed: 7)
        for _ in 0..<300 {
            let bytes = (0..<Int(random.next() % 200)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            let facts = bytes.withUnsafeBytes { PromptFacts($0) }
            #expect(facts.words.count <= PromptFacts.wordLimit + 1)
        }
        for text in [String(repeating: "\"", count: 1024), String(repeating: "'a ", count: 341), String(repeating: "不", count: 341)] {
            let facts = Array(text.utf8).withUnsafeBytes { PromptFacts($0) }
            _ = PromptCheck.agree(facts, facts)
        }
    }
}

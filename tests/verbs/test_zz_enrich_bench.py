import time, csv, gzip, io, cProfile, pstats
from tests.verbs.test_enrichment import *  # noqa
async def test_bench(db, actor, shared):
    rows=list(csv.DictReader(io.StringIO(gzip.decompress((shared/"data"/"zoho_crm_Leads.csv.gz").read_bytes()).decode("utf-8","replace"))))[:3900]
    titles=["VP Sales","Marketing Manager","Software Engineer","CEO","Account Executive",None]
    async def fill(tx):
        out=[]
        for i,r in enumerate(rows):
            out.append(await add_person(tx, name=r["Last Name"], title=titles[i%6], email=r["Email"].replace("armyspy.com","acme%d.com"%(i%50)), phone=r["Mobile"], country="US", lead={"company_name":r["Company"]}))
        return out
    ids=await db.run(actor, fill)
    from leadwell.base.sql import load
    import leadwell.enrichment.facts as F, re
    for mode in ("force_custom_plan","force_generic_plan"):
      async with db.read(actor) as tx:
        await tx.execute(f"SET LOCAL plan_cache_mode = {mode}")
        await tx.execute("PREPARE q%s (uuid, uuid[]) AS " % mode[6:9]+load("leadwell.enrichment.facts","facts"))
        t0=time.perf_counter()
        arr="ARRAY[%s]::uuid[]" % ",".join("'%s'"%i for i in ids[:500])
        for r in await tx.fetch("EXPLAIN (ANALYZE) EXECUTE q%s('%s', %s)" % (mode[6:9], tx.workspace, arr)): print(re.sub(r"'?{.*}'?","..",r[0])[:200])
        print(mode, time.perf_counter()-t0)
    t=time.perf_counter(); c=time.process_time()
    pr=cProfile.Profile() if __import__("os").environ.get("PROF") else None
    if pr: pr.enable()
    n=0
    import collections
    from leadwell.base import tx as T
    spent=collections.Counter(); of=T.Tx.fetch; oe=T.Tx.execute
    async def fetch(self, sql, *a):
        t0=time.perf_counter(); r=await of(self, sql, *a); spent[sql[:60]]+=time.perf_counter()-t0; return r
    async def execute(self, sql, *a):
        t0=time.perf_counter(); r=await oe(self, sql, *a); spent[sql[:60]]+=time.perf_counter()-t0; return r
    T.Tx.fetch=fetch; T.Tx.execute=execute
    for i in range(0,len(ids),500):
        t1=time.perf_counter()
        res=await db.run(actor, lambda tx, i=i: enrich_people(tx, ids[i:i+500])); n+=len(res.changed)
        print("batch",i,len(res.changed),res.suggestions,round(time.perf_counter()-t1,3))
    if pr: pr.disable(); pstats.Stats(pr).sort_stats("cumtime").print_stats(45)
    dt=time.perf_counter()-t
    print("ENRICH", len(ids)/dt, "per s; cpu", (time.process_time()-c)/dt, n)
    for k,v in spent.most_common(20): print("%.3f"%v, k.replace(chr(10)," "))
    spent.clear()
    t=time.perf_counter()
    for i in range(0,len(ids),500): r=await db.run(actor, lambda tx, i=i: enrich_people(tx, ids[i:i+500])); print(r.skipped, r.unchanged, len(r.changed))
    for k,v in spent.most_common(20): print("%.3f"%v, k)
    print("SKIP", len(ids)/(time.perf_counter()-t))
    async with db.read(actor) as tx:
        for r in await tx.fetch("select f.noun,f.field,count(*) from field_provenance f where f.workspace_id=$1 group by 1,2 order by 1,2", tx.workspace): print(tuple(r))
        for r in await tx.fetch("select p.name,p.first_name,p.last_name,e.address,p.time_zone from people p join person_emails e on e.workspace_id=$1 and e.person_id=p.id where p.workspace_id=$1 limit 12", tx.workspace): print(tuple(r))

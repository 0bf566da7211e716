"use strict";
/* The chapters of the Harmonized System, in few words.  77 is kept free by it. */
const chapters = (() => {
  const NAMES = `
01 Live animals|活动物
02 Meat|肉类
03 Fish|鱼和水产
04 Dairy, eggs, honey|乳蛋蜂蜜
05 Other animal products|其他动物产品
06 Live plants|活植物
07 Vegetables|蔬菜
08 Fruit and nuts|水果坚果
09 Coffee, tea, spices|咖啡茶香料
10 Cereals|谷物
11 Flour, malt, starch|制粉淀粉
12 Oil seeds|油籽
13 Gums and resins|树胶树脂
14 Plaiting materials|编结材料
15 Fats and oils|油脂
16 Prepared meat and fish|肉鱼制品
17 Sugar|糖
18 Cocoa|可可
19 Bakery products|谷物制品
20 Prepared vegetables and fruit|蔬果制品
21 Other foods|杂项食品
22 Beverages|饮料酒
23 Animal feed|饲料
24 Tobacco|烟草
25 Salt, stone, cement|盐石水泥
26 Ores|矿砂
27 Fuels: coal, oil, gas|矿物燃料
28 Inorganic chemicals|无机化学品
29 Organic chemicals|有机化学品
30 Medicines|药品
31 Fertilizers|肥料
32 Paints and dyes|颜料染料
33 Cosmetics|化妆品
34 Soap and waxes|洗涤剂蜡
35 Glues and proteins|蛋白胶
36 Explosives|炸药烟火
37 Photographic goods|照相用品
38 Other chemicals|杂项化学品
39 Plastics|塑料
40 Rubber|橡胶
41 Hides and leather|生皮皮革
42 Leather goods|皮革制品
43 Furs|毛皮
44 Wood|木材
45 Cork|软木
46 Basketware|编结品
47 Pulp|木浆
48 Paper|纸
49 Printed matter|印刷品
50 Silk|丝
51 Wool|羊毛
52 Cotton|棉花
53 Other plant fibres|其他植物纤维
54 Filaments|化纤长丝
55 Staple fibres|化纤短纤
56 Wadding, felt, ropes|絮毡绳
57 Carpets|地毯
58 Special fabrics|特种织物
59 Coated fabrics|涂层织物
60 Knitted fabrics|针织物
61 Knitted clothes|针织服装
62 Other clothes|非针织服装
63 Other textiles|其他纺织品
64 Shoes|鞋靴
65 Hats|帽
66 Umbrellas|伞杖
67 Feathers, artificial flowers|羽毛人造花
68 Stone and cement goods|石料水泥制品
69 Ceramics|陶瓷
70 Glass|玻璃
71 Precious metals and stones|贵金属宝石
72 Iron and steel|钢铁
73 Goods of iron and steel|钢铁制品
74 Copper|铜
75 Nickel|镍
76 Aluminium|铝
78 Lead|铅
79 Zinc|锌
80 Tin|锡
81 Other metals|其他贱金属
82 Tools and cutlery|工具刀具
83 Other metal goods|贱金属杂项
84 Machinery|机械
85 Electrical goods|机电
86 Railway stock|铁路车辆
87 Vehicles|车辆
88 Aircraft|航空器
89 Ships|船舶
90 Instruments|仪器
91 Clocks|钟表
92 Musical instruments|乐器
93 Arms|武器
94 Furniture and lamps|家具灯具
95 Toys and sports goods|玩具运动用品
96 Other manufactures|杂项制品
97 Art and antiques|艺术品古物
98 Special transactions|特殊交易品
99 Not classified|未分类
`;
  const table = new Map(NAMES.trim().split("\n").map(line => [line.slice(0, 2), line.slice(3).split("|")]));
  return { name: code => table.get(code)?.[words.language() === "zh" ? 1 : 0] ?? "" };
})();
